// SPDX-License-Identifier: Apache-2.0
#include "slim/verify/exercise.hpp"

#include <iterator>

#include "slim/base/file.hpp"
#include "slim/base/log.hpp"
#include "verify/listen_feed.hpp"

namespace slim::verify {

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// As `docker stop`: how long the container has to end after its stop signal.
constexpr seconds kStopGrace{10};
constexpr unsigned kCrawlRequests = 64;
constexpr size_t kLogLines = 20;
// Pauses before a probe that failed right after the container began to listen is tried again.
constexpr std::chrono::milliseconds kSettling[] = {std::chrono::milliseconds(200),
                                                   std::chrono::milliseconds(400),
                                                   std::chrono::milliseconds(800)};

// Everything that lives while one container runs, in the order in which it is made; destruction in
// the opposite order takes it all down again.
struct Session {
  const ExerciseRequest& request;
  const Interrupt& interrupt;
  std::optional<rootfs::Store::Run> run;
  std::optional<rootfs::MountedTree> tree;
  std::unique_ptr<TracedListenFeed> traced_feed;
  std::unique_ptr<trace::Tracer> tracer;
  std::optional<container::Container> container;
  std::unique_ptr<container::ListenFeed> polled_feed;
  Exercise result;

  container::ListenFeed& feed() { return traced_feed ? *traced_feed : *polled_feed; }
  Deadline deadline() const { return steady_clock::now() + request.probe.timeout; }
};

Result<void> create(Session& session) {
  const ExerciseRequest& request = session.request;
  SLIM_TRY(auto run, request.store->new_run());
  session.run.emplace(std::move(run));
  SLIM_TRY(auto tree, request.rootfs->mount(session.run->directory()));
  session.tree.emplace(std::move(tree));
  if (request.make_tracer) {
    SLIM_TRY(session.traced_feed, TracedListenFeed::create());
    trace::TracerOptions options;
    options.on_socket = [feed = session.traced_feed.get()](const trace::SocketUse& use) {
      feed->add(use);
    };
    SLIM_TRY(session.tracer, request.make_tracer(std::move(options)));
  }
  container::Request make;
  make.id = session.run->id();
  make.directory = session.run->directory();
  make.rootfs = session.tree->path();
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

void fail_probe(Session& session, std::string why) {
  session.result.passed = false;
  if (session.result.failure.empty()) session.result.failure = std::move(why);
}

// The verdict on a container that ended by itself.
Result<void> judge_end(Session& session) {
  SLIM_TRY(const auto ended, session.container->wait(session.interrupt, session.deadline()));
  if (!ended) {
    fail_probe(session, "the container did not end within " +
                            std::to_string(session.request.probe.timeout.count()) + " s");
    return {};
  }
  if (ended->status && !ended->status->ok())
    fail_probe(session, "the container ended with " + ended->status->text());
  return {};
}

// Whether a failed probe is worth another try: databases listen before they serve ("the database
// system is starting up"), and listening is all that is known when the probe starts. A container that
// has ended will not serve.
Result<bool> settle(Session& session, std::chrono::milliseconds pause) {
  SLIM_TRY(const auto ended,
           wait_readable({session.container->init_pidfd().get()}, session.interrupt,
                         steady_clock::now() + pause));
  return !ended;
}

Result<void> run_command_probe(Session& session, const container::Ready& ready) {
  const ProbeSpec& probe = session.request.probe;
  const Deadline deadline = session.deadline();
  const bool may_settle = ready.how == container::Ready::How::listening;
  for (unsigned attempt = 0;; ++attempt) {
    SLIM_TRY(const ExitStatus status,
             container::run_probe(*session.container, probe.command, ready.ports, probe.output_fd,
                                  session.interrupt, deadline));
    if (status.ok()) return {};
    if (may_settle && attempt < std::size(kSettling)) {
      SLIM_TRY(const bool again, settle(session, kSettling[attempt]));
      if (again) continue;
    }
    fail_probe(session, "the probe ended with " + status.text());
    return {};
  }
}

Result<void> run_inside(Session& session, const std::vector<std::string>& argv) {
  SLIM_TRY(const ExitStatus status, session.container->exec(argv, session.interrupt));
  if (!status.ok()) fail_probe(session, "--exec " + argv[0] + " ended with " + status.text());
  return {};
}

Result<void> crawl(Session& session, const std::vector<uint16_t>& ports) {
  SLIM_TRY(const auto crawled, container::crawl(*session.container, ports, kCrawlRequests,
                                                session.interrupt, session.deadline()));
  if (!crawled.any_http) {
    session.result.notes.push_back(
        "no probe was given and nothing answered HTTP: only the start of the image was exercised");
  } else if (crawled.failures > 0) {
    fail_probe(session, std::to_string(crawled.failures) + " of " +
                            std::to_string(crawled.requests) + " crawled pages failed");
  }
  return {};
}

Result<void> probe_serving(Session& session, const container::Ready& ready) {
  const ProbeSpec& probe = session.request.probe;
  if (session.tracer) session.tracer->enter_phase(trace::kServing);
  if (!probe.command.empty()) SLIM_CHECK(run_command_probe(session, ready));
  for (const auto& argv : probe.inside) SLIM_CHECK(run_inside(session, argv));
  if (probe.command.empty() && probe.inside.empty()) SLIM_CHECK(crawl(session, ready.ports));
  const auto& check = session.request.config->health_check;
  if (probe.health_check && check && session.result.passed) {
    SLIM_TRY(const bool healthy,
             container::run_health_check(*session.container, *session.request.config,
                                         session.interrupt));
    if (!healthy) session.result.notes.push_back("the image's HEALTHCHECK failed after the probe");
  }
  return {};
}

Result<void> probe(Session& session, const container::Ready& ready) {
  using How = container::Ready::How;
  if (ready.how != How::ended) return probe_serving(session, ready);
  // A batch image: its own end is the verdict, and a probe may look at what it left.
  SLIM_CHECK(judge_end(session));
  if (session.result.passed && !session.request.probe.command.empty())
    SLIM_CHECK(run_command_probe(session, ready));
  if (!session.request.probe.inside.empty())
    fail_probe(session, "--exec needs a container that runs, and this one ended by itself");
  return {};
}

Result<void> stop(Session& session) {
  if (session.tracer) session.tracer->enter_phase(trace::kStopping);
  const std::string& wanted = session.request.config->stop_signal;
  auto& container = *session.container;
  if (const auto sent = container.signal(wanted.empty() ? "SIGTERM" : wanted); !sent)
    logger("verify")->debug("stop signal: {}", sent.error().text());
  SLIM_TRY(const auto ended, container.wait(session.interrupt, steady_clock::now() + kStopGrace));
  if (!ended)
    session.result.notes.push_back("the container did not end " +
                                   std::to_string(kStopGrace.count()) +
                                   " s after its stop signal and was killed");
  return {};
}

Result<void> collect_trace(Session& session) {
  if (!session.tracer) return {};
  const auto mount_points = session.container->mount_points();
  SLIM_TRY(session.result.trace,
           session.tracer->finish(session.interrupt, steady_clock::now() + seconds(30)));
  session.result.trace->mount_points = mount_points;
  // With ptrace the tracer is the one who sees the exit status of the first process.
  const auto& trace = *session.result.trace;
  if (session.result.passed && !session.result.stopped &&
      (trace.init_exit_code.value_or(0) != 0 || trace.init_signal.value_or(0) != 0))
    fail_probe(session, "the container ended with " +
                            ExitStatus{trace.init_exit_code.value_or(0),
                                       trace.init_signal.value_or(0)}.text());
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
  SLIM_TRY(const auto ready,
           container::wait_until_ready(*session.container, *request.config, request.probe.ready,
                                       session.feed(), session.interrupt, session.deadline()));
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

}  // namespace

std::string with_log(const std::string& message, const std::string& log_tail) {
  return log_tail.empty() ? message : message + "\nThe container's last output:\n" + log_tail;
}

Result<Exercise> exercise(const ExerciseRequest& request, const Interrupt& interrupt) {
  Session session{request, interrupt, {}, {}, {}, {}, {}, {}, {}};
  request.step("create");
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

}  // namespace slim::verify
