// SPDX-License-Identifier: Apache-2.0
#include "slim/verify/trials.hpp"

#include <fcntl.h>

#include <algorithm>

#include "verify/written_image.hpp"

namespace slim::verify {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kMore{1000};

bool same_end(const std::optional<ExitStatus>& one, const std::optional<ExitStatus>& other) {
  return !one || !other || (one->code == other->code && one->signal == other->signal);
}

}  // namespace

struct Trials::State {
  TrialRequest request;
  const Interrupt& interrupt;
  WrittenImage image;
  Fd silence;  // for the probe's output
  unsigned runs = 0;
  Exercise last;
  std::optional<ExitStatus> end;  // of the whole image

  ~State() { image.forget(*request.run.store); }

  void prepare() {
    ExerciseRequest& run = request.run;
    run.config = &image.image.config;
    run.rootfs = &image.rootfs;
    run.make_tracer = nullptr;
    run.keep_log_at.clear();
    run.probe.output_fd = silence.get();
  }

  Result<bool> pass(const std::vector<std::string>& without, const policy::SeccompProfile& profile,
                    unsigned repeat) {
    ExerciseRequest run = request.run;
    run.without = without;
    run.seccomp = policy::to_json(profile);
    for (unsigned count = 0; count < repeat; ++count) {
      ++runs;
      run.options = count % 2 == 0 ? request.run.options : request.confined;
      SLIM_TRY(last, attempt(run, interrupt));
      if (!last.passed || !same_end(last.end, end)) return false;
    }
    return true;
  }

  // The whole image, without a second chance for the probe if it needs none: what is broken is then
  // told at once from what is slow.
  Result<bool> works_whole(const policy::SeccompProfile& profile) {
    request.run.probe.settle = false;
    SLIM_TRY(const bool at_once, pass({}, profile, request.repeat));
    if (at_once) return true;
    request.run.probe.settle = true;
    return pass({}, profile, request.repeat);
  }

  // Whether a run does more than to start something: only then does passing mean anything.
  bool exercises() const {
    return !request.run.probe.steps.empty() || !last.stopped || !last.answers.pages.empty();
  }
};

Trials::Trials(std::unique_ptr<State> state) : state_(std::move(state)) {}
Trials::Trials(Trials&&) noexcept = default;
Trials::~Trials() = default;

Result<Trials> Trials::open(TrialRequest request, const policy::SeccompProfile& profile,
                            const Interrupt& interrupt) {
  SLIM_TRY(WrittenImage image, WrittenImage::open(request.archive, request.run.config->platform,
                                                  *request.run.store, interrupt));
  SLIM_TRY(Fd silence, open_file("/dev/null", O_WRONLY));
  Trials trials(std::unique_ptr<State>(new State{
      std::move(request), interrupt, std::move(image), std::move(silence), 0, {}, {}}));
  State& state = *trials.state_;
  state.prepare();

  const auto began = steady_clock::now();
  SLIM_TRY(const bool works, state.works_whole(profile));
  if (!works)
    return fail(ErrorCode::verify,
                "the probe fails at times on the slim image as it is, so nothing can be concluded "
                "from its failing on a smaller one");
  if (!state.exercises())
    return fail(ErrorCode::verify,
                "nothing exercises the container: it answers no HTTP, so give it a PROBE or --exec");
  ProbeSpec& probe = state.request.run.probe;
  probe.expected = state.last.answers;
  state.end = state.last.end;
  const auto took =
      std::chrono::ceil<milliseconds>((steady_clock::now() - began) / state.runs);
  const auto at_most = patience(took, kMore);
  probe.timeout = std::min(probe.timeout, at_most);
  // Who heeds no stop signal is not waited for.
  auto& grace = state.request.run.stop_grace;
  grace = probe.expected.heeds_stop ? std::min(grace, at_most) : milliseconds(0);
  return trials;
}

Result<bool> Trials::pass(const std::vector<std::string>& without,
                          const policy::SeccompProfile& profile, unsigned repeat) {
  return state_->pass(without, profile, repeat == 0 ? state_->request.repeat : repeat);
}

unsigned Trials::runs() const { return state_->runs; }

}  // namespace slim::verify
