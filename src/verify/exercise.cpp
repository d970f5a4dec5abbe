// SPDX-License-Identifier: Apache-2.0
#include "slim/verify/exercise.hpp"

#include "slim/base/file.hpp"
#include "slim/base/log.hpp"
#include "slim/base/process.hpp"
#include "verify/lifetimes.hpp"
#include "verify/session.hpp"

namespace slim::verify {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr size_t kLogLines = 20;
// After which who looks on would ask what it waits for.
constexpr milliseconds kLongWait{10000};
// A program that has answered has its handlers, if not in the very moment of its start.
constexpr milliseconds kDeafFor{1000};
// What is left of an end that has begun: its memory is freed.
constexpr milliseconds kLastMoment{5000};

Result<void> create(Session& session) {
  const ExerciseRequest& request = session.request;
  if (request.make_tracer) {
    SLIM_TRY(session.traced_feed, TracedListenFeed::create());
    trace::TracerOptions options;
    options.on_socket = [feed = session.traced_feed.get()](const trace::SocketUse& use) {
      feed->add(use);
    };
    SLIM_TRY(session.tracer, request.make_tracer(std::move(options)));
  }
  container::Request make;
  make.id = session.place.run.id();
  make.directory = session.place.run.directory();
  make.rootfs = session.place.tree.path();
  make.config = request.config;
  make.options = request.options;
  make.seccomp = request.seccomp;
  make.runtime = request.runtime;
  if (session.tracer)
    make.before_exec = [tracer = session.tracer.get()](pid_t held) { return tracer->follow(held); };
  SLIM_TRY(auto made, container::Container::create(make, session.interrupt));
  session.container.emplace(std::move(made));
  session.result.runtime = session.container->runtime();
  session.result.notes = session.container->notes();
  if (session.tracer) {
    SLIM_CHECK_CONTEXT(session.tracer->attach(session.container->init_pid()),
                       "cannot attach the tracer");
  } else {
    SLIM_TRY(session.polled_feed, container::poll_listening_ports(*session.container));
  }
  return {};
}

std::string stop_signal_of(const Session& session) {
  const std::string& wanted = session.request.config->stop_signal;
  return wanted.empty() ? "SIGTERM" : wanted;
}

// Whether waiting for the end after the stop signal is in vain: many a first process has no handler for
// it, a shell or node among them.
bool is_deaf(const Session& session) {
  const auto heeds = session.container->heeds(stop_signal_of(session));
  return heeds && !*heeds;
}

// Sends the stop signal and waits for the end. Sooner after its start than anybody stops it, a
// program may lose the signal: before its handlers are there, or while it executes itself anew. It is
// sent once more, so that the way to stop is seen.
Result<std::optional<container::Container::Ended>> end_by_signal(Session& session) {
  auto& container = *session.container;
  const auto grace = session.request.stop_grace;
  const auto began = steady_clock::now();
  const auto first = is_deaf(session) ? std::min<milliseconds>(grace, kDeafFor) : grace / 4;
  for (const auto until : {began + first, began + grace}) {
    if (const auto sent = container.signal(stop_signal_of(session)); !sent)
      logger("verify")->debug("stop signal: {}", sent.error().text());
    SLIM_TRY(const auto ended, container.wait(session.interrupt, until));
    if (ended) return ended;
    // It may have ended since.
    if (is_deaf(session)) return container.wait(session.interrupt, steady_clock::now());
  }
  return std::nullopt;
}

// What is said of a container that did not end.
std::string killed(const Session& session) {
  if (is_deaf(session))
    return "the container's first process takes no notice of " + stop_signal_of(session) +
           ", for which it has no handler, and was killed; Docker would do so after " +
           std::to_string(session.request.stop_grace / seconds(1)) +
           " s, and --init gives it a first process that passes signals on";
  return "the container did not end " + std::to_string(session.request.stop_grace / seconds(1)) +
         " s after its stop signal and was killed";
}

// Whether it still runs now that the probe is over: a server may answer and then die of it. One that
// ends after what it was asked, as the original did a moment later, does not.
Result<void> see_whether_it_lasts(Session& session) {
  // The probe may have waited for its end, and have seen that it has no program any more.
  const milliseconds moment = is_ending(session.container->init_pid()) ? kLastMoment : milliseconds(0);
  SLIM_TRY(const auto ended, session.container->wait(session.interrupt, steady_clock::now() + moment));
  session.result.answers.lasts = !ended;
  if (!ended || !session.result.passed || !ended->status || ended->status->ok()) return {};
  const std::string what = "the container " + ended->status->ended() + " before the probe was over";
  const Answers& expected = session.request.probe.expected;
  if (expected.lasts && ended->status != expected.end)
    session.fail_probe(what + ", and ran on with the original");
  else
    session.result.notes.push_back(what);
  return {};
}

Result<void> stop(Session& session) {
  SLIM_CHECK(see_whether_it_lasts(session));
  if (session.tracer) {
    const auto open = container::open_ports(session.container->network_namespace());
    if (open)
      session.open_at_stop = *open;
    else
      logger("verify")->debug("open ports: {}", open.error().text());
    session.tracer->enter_phase(trace::kStopping);
  }
  SLIM_TRY(const auto ended, end_by_signal(session));
  // What crashes then, or had done so before, shows nothing of what the signal does.
  session.result.answers.heeds_stop = ended && !(ended->status && ended->status->crashed());
  if (ended) session.result.answers.end = session.result.end = ended->status;
  if (!ended && session.request.probe.expected.heeds_stop)
    session.fail_probe("the container did not end after its stop signal, which the original did");
  if (!ended) session.result.notes.push_back(killed(session));
  return {};
}

Result<void> collect_trace(Session& session) {
  if (!session.tracer) return {};
  const auto mount_points = session.container->mount_points();
  SLIM_TRY(session.result.trace,
           session.tracer->finish(session.interrupt, steady_clock::now() + seconds(30)));
  session.result.trace->mount_points = mount_points;
  if (session.open_at_stop) mark_lifetimes(*session.result.trace, *session.open_at_stop);
  // With ptrace the tracer is the one who sees the exit status of the first process.
  const auto& trace = *session.result.trace;
  const ExitStatus end{trace.init_exit_code.value_or(0), trace.init_signal.value_or(0)};
  if (session.result.passed && !session.result.stopped && !end.ok())
    session.fail_probe("the container " + end.ended());
  if (trace.init_exit_code || trace.init_signal) session.result.answers.end = end;
  return {};
}

void keep_log(Session& session) {
  session.result.log_tail = container::log_tail(session.container->log_path(), kLogLines);
  if (session.request.keep_log_at.empty()) return;
  const auto log = read_file(session.container->log_path());
  if (log) (void)write_file_atomically(session.request.keep_log_at, *log);
}

Result<void> live(Session& session) {
  const ExerciseRequest& request = session.request;
  SLIM_CHECK(session.container->start());
  request.step("ready");
  const image::ImageConfig& declared = request.declared ? *request.declared : *request.config;
  container::LongWait long_wait;
  if (request.waits) long_wait = {steady_clock::now() + kLongWait, request.waits};
  SLIM_TRY(const auto ready,
           container::wait_until_ready(*session.container, declared, request.probe.ready,
                                       session.feed(), session.interrupt, session.deadline(),
                                       std::move(long_wait)));
  session.result.passed = true;
  request.step("probe");
  SLIM_CHECK(probe(session, ready));
  if (ready.how != container::Ready::How::ended) {
    request.step("stop");
    session.result.stopped = true;
    SLIM_CHECK(stop(session));
  }
  return {};
}

// One container from its making to its end.
Result<Exercise> run_once(Session session) {
  SLIM_CHECK(create(session));
  const auto lived = live(session);
  keep_log(session);
  if (!lived) {
    const Error& error = lived.error();
    if (error.code() == ErrorCode::interrupted || session.result.log_tail.empty())
      return tl::unexpected<Error>(error);
    return fail(error.code(), with_log(error.text(), session.result.log_tail));
  }
  (void)session.container->remove();
  SLIM_CHECK(collect_trace(session));
  return std::move(session.result);
}

// The steps between restarts. Without any there is one container, too.
std::vector<std::vector<ProbeStep>> lives_of(const std::vector<ProbeStep>& steps) {
  std::vector<std::vector<ProbeStep>> lives(1);
  for (const auto& step : steps) {
    if (step.kind == ProbeStep::Kind::restart)
      lives.emplace_back();
    else
      lives.back().push_back(step);
  }
  return lives;
}

// Unites what a later container showed with what the earlier ones did.
void unite(Exercise& all, Exercise next) {
  if (all.trace && next.trace) {
    all.trace->merge(*next.trace);
    next.trace = std::move(all.trace);
  }
  next.gains.insert(next.gains.begin(), all.gains.begin(), all.gains.end());
  next.notes.insert(next.notes.begin(), all.notes.begin(), all.notes.end());
  all = std::move(next);
}

}  // namespace

milliseconds patience(milliseconds took, milliseconds more) {
  constexpr int slower = 5;
  return slower * took + more;
}

std::string with_log(const std::string& message, const std::string& log_tail) {
  return log_tail.empty() ? message : message + "\nThe container's last output:\n" + log_tail;
}

Result<Exercise> exercise(const ExerciseRequest& request, const Interrupt& interrupt) {
  request.step("create");
  const auto began = steady_clock::now();
  SLIM_TRY(auto run, request.store->new_run());
  SLIM_TRY(auto tree, request.rootfs->mount(run.directory()));
  SLIM_CHECK(tree.remove(request.without));
  const Place place{std::move(run), std::move(tree)};
  std::optional<Exercise> all;
  const trace::Trace nothing;
  for (const auto& steps : lives_of(request.probe.steps)) {
    const trace::Trace& before = all && all->trace ? *all->trace : nothing;
    SLIM_TRY(auto next, run_once({request, interrupt, steps, before, place, {}, {}, {}, {}, {}, {}}));
    if (all)
      unite(*all, std::move(next));
    else
      all = std::move(next);
    if (!all->passed) break;
  }
  all->answers.took = std::chrono::ceil<milliseconds>(steady_clock::now() - began);
  return std::move(*all);
}

Result<Exercise> attempt(const ExerciseRequest& request, const Interrupt& interrupt) {
  auto ran = exercise(request, interrupt);
  if (ran) return ran;
  const ErrorCode code = ran.error().code();
  if (code != ErrorCode::container && code != ErrorCode::not_ready && code != ErrorCode::probe)
    return ran;
  Exercise failed;
  failed.failure = ran.error().text();
  return failed;
}

}  // namespace slim::verify
