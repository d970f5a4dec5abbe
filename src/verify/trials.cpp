// SPDX-License-Identifier: Apache-2.0
#include "slim/verify/trials.hpp"

#include <fcntl.h>

#include <algorithm>

#include "verify/written_image.hpp"

namespace slim::verify {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// What works does so in about the time it took before; what hangs is not waited for much longer.
constexpr int kSlower = 4;
constexpr seconds kAtLeast{3};
// How the container ends is no part of the verdict.
constexpr seconds kStopGrace{2};

}  // namespace

struct Trials::State {
  TrialRequest request;
  const Interrupt& interrupt;
  WrittenImage image;
  Fd silence;  // for the probe's output
  unsigned runs = 0;

  ~State() { image.forget(*request.run.store); }
};

Trials::Trials(std::unique_ptr<State> state) : state_(std::move(state)) {}
Trials::Trials(Trials&&) noexcept = default;
Trials::~Trials() = default;

Result<Trials> Trials::open(TrialRequest request, const policy::SeccompProfile& profile,
                            const Interrupt& interrupt) {
  SLIM_TRY(WrittenImage image, WrittenImage::open(request.archive, *request.run.store, interrupt));
  SLIM_TRY(Fd silence, open_file("/dev/null", O_WRONLY));
  Trials trials(std::unique_ptr<State>(
      new State{std::move(request), interrupt, std::move(image), std::move(silence)}));
  State& state = *trials.state_;
  ExerciseRequest& run = state.request.run;
  run.config = &state.image.image.config;
  run.rootfs = &state.image.rootfs;
  run.make_tracer = nullptr;
  run.keep_log_at.clear();
  run.probe.output_fd = state.silence.get();
  run.stop_grace = std::min(run.stop_grace, kStopGrace);

  const auto began = steady_clock::now();
  SLIM_TRY(const bool works, trials.pass({}, profile));
  if (!works)
    return fail(ErrorCode::verify,
                "the probe fails at times on the slim image as it is, so nothing can be concluded "
                "from its failing on a smaller one");
  const auto took = std::chrono::ceil<seconds>((steady_clock::now() - began) / state.runs);
  run.probe.timeout = std::min(run.probe.timeout, kSlower * took + kAtLeast);
  return trials;
}

Result<bool> Trials::pass(const std::vector<std::string>& without,
                          const policy::SeccompProfile& profile, unsigned repeat) {
  ExerciseRequest run = state_->request.run;
  run.without = without;
  run.seccomp = policy::to_json(profile);
  if (repeat == 0) repeat = state_->request.repeat;
  for (unsigned count = 0; count < repeat; ++count) {
    ++state_->runs;
    SLIM_TRY(const auto ran, attempt(run, state_->interrupt));
    if (!ran.passed) return false;
  }
  return true;
}

unsigned Trials::runs() const { return state_->runs; }

}  // namespace slim::verify
