// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include "verify/session.hpp"

namespace slim::verify {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Pauses before a probe that failed right after the container began to listen is tried again.
constexpr milliseconds kSettling[] = {milliseconds(200), milliseconds(400), milliseconds(800)};

// The verdict on a container that ended by itself.
Result<void> judge_end(Session& session) {
  SLIM_TRY(const auto ended, session.container->wait(session.interrupt, session.deadline()));
  if (!ended) {
    session.fail_probe("the container did not end within " +
                       std::to_string(session.request.probe.timeout / std::chrono::seconds(1)) + " s");
    return {};
  }
  if (ended->status && !ended->status->ok())
    session.fail_probe("the container " + ended->status->ended());
  return {};
}

// Whether a failed probe is worth another try: databases listen before they serve ("the database
// system is starting up"), and listening is all that is known when the probe starts. A container that
// has ended will not serve.
Result<bool> settle(Session& session, milliseconds pause) {
  SLIM_TRY(const auto ended,
           wait_readable({session.container->init_pidfd().get()}, session.interrupt,
                         steady_clock::now() + pause));
  return !ended;
}

// How messages call a step; most probes have only one.
std::string name_of(const Session& session, const ProbeStep& step) {
  const bool only = session.request.probe.steps.size() == 1;
  if (only && step.kind == ProbeStep::Kind::inside) return "--exec " + step.argv[0];
  return only ? "the probe" : "the probe \"" + step.text + "\"";
}

// What a probe on the host met: to be told from what comes meanwhile.
struct Offer {
  std::vector<uint16_t> ports;
  uint64_t resets = 0;
};

Offer offer_of(Session& session) {
  return {session.feed().ports(), container::resets_sent(session.container->init_pid())};
}

// Whether a probe that was refused a connection is worth another try, since another port than those of
// `met` is there: many a server opens one to be administered long before the one that it serves on.
Result<bool> another_port(Session& session, const Offer& met, Deadline deadline) {
  if (offer_of(session).resets <= met.resets) return false;
  bool told = !session.request.waits;
  while (session.feed().ports() == met.ports) {
    if (!told) {
      session.request.waits("the probe was refused a connection; it is tried again when a port opens");
      told = true;
    }
    const std::vector<int> fds = {session.feed().fd(), session.container->init_pidfd().get()};
    SLIM_TRY(const auto news, wait_readable(fds, session.interrupt, deadline));
    if (!news || *news == 1) return false;
  }
  return true;
}

std::string failure_of(Session& session, const ProbeStep& step, const ExitStatus& status,
                       const Offer& met) {
  const std::string text = name_of(session, step) + " " + status.ended();
  const Offer now = offer_of(session);
  if (now.resets <= met.resets) return text;
  return text + " (a connection was refused or reset; the container " +
         container::listened_on(now.ports) + ")";
}

Result<void> run_on_host(Session& session, const ProbeStep& step, bool may_settle) {
  const ProbeSpec& spec = session.request.probe;
  const Deadline deadline = session.deadline();
  for (size_t pauses = 0;;) {
    const Offer met = offer_of(session);
    SLIM_TRY(const ExitStatus status,
             container::run_probe(container::probe_place(*session.container), step.argv, met.ports,
                                  spec.output_fd, session.interrupt, deadline));
    if (status.ok()) return {};
    bool again = false;
    if (may_settle && pauses < std::size(kSettling)) {
      SLIM_TRY(again, settle(session, kSettling[pauses++]));
    } else if (may_settle) {
      SLIM_TRY(again, another_port(session, met, deadline));
      pauses = 0;
    }
    if (again) continue;
    session.fail_probe(failure_of(session, step, status, met));
    return {};
  }
}

Result<void> run_inside(Session& session, const ProbeStep& step) {
  container::Container::ExecOptions options;
  options.deadline = session.deadline();
  SLIM_TRY(const auto status, session.container->exec(step.argv, options, session.interrupt));
  if (!status)
    session.fail_probe(name_of(session, step) + " did not end in time and was killed");
  else if (!status->ok())
    session.fail_probe(name_of(session, step) + " " + status->ended());
  return {};
}

// A page that is only linked at times (a query with a random number) has no say.
bool had_to_be_reached(const std::string& url) { return url.find('?') == std::string::npos; }

// A crawl follows what it finds: a page that lost its links or its files fails nothing by itself.
void compare_pages(Session& session, const std::map<std::string, long>& pages) {
  constexpr long kFirstError = 400;
  const auto works = [](long status) { return status > 0 && status < kFirstError; };
  for (const auto& [url, before] : session.request.probe.expected.pages) {
    if (!works(before)) continue;
    const auto now = pages.find(url);
    if (now == pages.end() ? !had_to_be_reached(url) : works(now->second)) continue;
    session.fail_probe(url + " answered " + std::to_string(before) + " on the original and " +
                       (now == pages.end() ? "is not linked any more"
                        : now->second == 0 ? "does not answer"
                                           : "answers " + std::to_string(now->second)) +
                       " now");
  }
}

// Without a probe nobody says when the container serves as it should: it is left to start in peace, and
// may open further ports.
Result<void> crawl(Session& session) {
  const container::CrawlSpec spec{.patient = session.request.probe.settle};
  const Deadline deadline = session.deadline();
  if (spec.patient)
    SLIM_CHECK(container::wait_until_it_rests(*session.container, session.interrupt, deadline));
  SLIM_TRY(const auto crawled, container::crawl(*session.container, session.feed().ports(), spec,
                                                session.interrupt, deadline));
  if (!crawled.any_http) {
    session.result.notes.push_back(
        "no probe was given and nothing answered HTTP: only the start of the image was exercised");
  } else if (crawled.failures > 0) {
    session.fail_probe(std::to_string(crawled.failures) + " of " +
                       std::to_string(crawled.requests) + " crawled pages failed");
  }
  compare_pages(session, crawled.pages);
  session.result.answers.pages = crawled.pages;
  return {};
}

uint64_t image_files(const trace::Trace& trace) {
  return static_cast<uint64_t>(std::count_if(trace.files.begin(), trace.files.end(),
                                             [](const auto& file) { return file.second.on_rootfs; }));
}

// The saturation curve is only worth its copies of the trace if there are several steps.
class Gains {
 public:
  explicit Gains(Session& session)
      : session_(session), wanted_(session.tracer && session.request.probe.steps.size() > 1) {}

  Result<void> begin() {
    if (!wanted_) return {};
    SLIM_TRY(seen_, count());
    return {};
  }

  Result<void> add(const ProbeStep& step) {
    if (!wanted_) return {};
    SLIM_TRY(const Seen now, count());
    const StepGain gain{step.text, now.files - seen_.files, now.syscalls - seen_.syscalls, now.files,
                        now.syscalls};
    seen_ = now;
    session_.result.gains.push_back(gain);
    session_.request.gained(gain);
    return {};
  }

 private:
  struct Seen {
    uint64_t files = 0;
    uint64_t syscalls = 0;
  };

  Result<Seen> count() const {
    trace::Trace all = session_.before;
    SLIM_TRY(const auto now, session_.tracer->snapshot());
    all.merge(now);
    return Seen{image_files(all), all.syscalls.size()};
  }

  Session& session_;
  const bool wanted_;
  Seen seen_;
};

Result<void> run_steps(Session& session, const container::Ready& ready) {
  bool may_settle =
      session.request.probe.settle && ready.how == container::Ready::How::listening;
  Gains gains(session);
  SLIM_CHECK(gains.begin());
  for (const auto& step : session.steps) {
    if (step.kind == ProbeStep::Kind::inside)
      SLIM_CHECK(run_inside(session, step));
    else
      SLIM_CHECK(run_on_host(session, step, may_settle));
    SLIM_CHECK(gains.add(step));
    may_settle = false;  // once it has served one it serves the next
    if (!session.result.passed) break;
  }
  return {};
}

Result<void> probe_serving(Session& session, const container::Ready& ready) {
  const ProbeSpec& spec = session.request.probe;
  if (session.tracer) session.tracer->enter_phase(trace::kServing);
  SLIM_CHECK(run_steps(session, ready));
  if (spec.steps.empty()) SLIM_CHECK(crawl(session));
  const auto& check = session.request.config->health_check;
  if (spec.health_check && check && check->runs() && session.result.passed) {
    SLIM_TRY(const bool healthy,
             container::run_health_check(*session.container, *session.request.config,
                                         session.interrupt));
    if (!healthy && spec.expected.healthy)
      session.fail_probe("the image's HEALTHCHECK failed, and did not on the original");
    else if (!healthy)
      session.result.notes.push_back("the image's HEALTHCHECK failed after the probe");
    session.result.answers.healthy = healthy;
  }
  return {};
}

}  // namespace

Result<void> probe(Session& session, const container::Ready& ready) {
  if (ready.how != container::Ready::How::ended) return probe_serving(session, ready);
  // A batch image: its own end is the verdict, and a probe may look at what it left.
  SLIM_CHECK(judge_end(session));
  for (const auto& step : session.steps) {
    if (!session.result.passed) break;
    if (step.kind == ProbeStep::Kind::inside)
      session.fail_probe("--exec needs a container that runs, and this one ended by itself");
    else
      SLIM_CHECK(run_on_host(session, step, false));
  }
  return {};
}

}  // namespace slim::verify
