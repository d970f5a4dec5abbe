// SPDX-License-Identifier: Apache-2.0
#include "slim/container/readiness.hpp"

#include <algorithm>
#include <regex>

#include "container/health.hpp"
#include "container/http.hpp"
#include "container/log_reader.hpp"
#include "container/network.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::container {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// How long an exposed port may be behind another one.
constexpr seconds kGrace{2};
// How long a port may be behind an AF_UNIX socket: many a server opens one to be administered first.
constexpr seconds kPortGrace{5};
// A tracer tells of listen(2) from inside the call; a moment later the kernel takes connections.
constexpr milliseconds kSettle{100};
// What answers no event is asked again in growing intervals.
constexpr milliseconds kFirstRetry{10};
constexpr milliseconds kLongestRetry{500};
constexpr seconds kLongestRequest{10};
constexpr const char* kAdvice = "; --ready says what to wait for, --timeout how long";

enum class Event { news, ended, pause };  // a port or output; the container's end; the time given

// Everything that the modes wait for, and what they say when it does not come.
class Watch {
 public:
  Watch(Container& container, ListenFeed& feed, const Interrupt& interrupt, Deadline deadline,
        LongWait long_wait, bool for_end)
      : container_(container), feed_(feed), interrupt_(interrupt), deadline_(deadline),
        long_wait_(std::move(long_wait)), for_end_(for_end) {}

  Container& container() { return container_; }
  const Interrupt& interrupt() const { return interrupt_; }
  Deadline deadline() const { return deadline_; }

  const std::vector<uint16_t>& ports() { return ports_ = feed_.ports(); }

  // The next event, or `pause` at `until`; a not_ready error at the deadline.
  Result<Event> next(Deadline until, bool with_log = false) {
    std::vector<int> fds = {feed_.fd(), container_.init_pidfd().get()};
    if (with_log) fds.push_back(container_.log_news_fd());
    const bool last = !until || (deadline_ && *deadline_ <= *until);
    const Deadline end = last ? deadline_ : until;
    const bool tells = long_wait_.at && (!end || *long_wait_.at < *end);
    SLIM_TRY(const auto ready, wait_readable(fds, interrupt_, tells ? long_wait_.at : end));
    if (ready) return *ready == 1 ? Event::ended : Event::news;
    if (tells) {
      long_wait_.at.reset();
      long_wait_.tell("the container is not ready yet; it runs" + seen() + kAdvice);
      return next(until, with_log);
    }
    if (last) return not_ready();
    return Event::pause;
  }

  // It ended in a mode that waits for something else.
  tl::unexpected<Error> ended_early() {
    std::string how = "it ended";
    const auto ended = container_.wait(interrupt_, steady_clock::now());
    if (ended && *ended && (*ended)->status) how = "it " + (*ended)->status->ended();
    return fail(ErrorCode::container, "the container was not ready before " + how + seen());
  }

  Ready ready(Ready::How how) { return {how, ports()}; }

 private:
  tl::unexpected<Error> not_ready() {
    if (for_end_)
      return fail(ErrorCode::not_ready, "the container did not end in time; it runs" + seen() +
                                            "; --timeout says how long it may take");
    return fail(ErrorCode::not_ready,
                "the container did not become ready in time; it runs" + seen() + kAdvice);
  }

  std::string seen() {
    ports();
    std::string text = ", " + listened_on(ports_);
    for (const auto& socket : unix_listeners(container_.init_pid()))
      text += ", listens on the socket " + escape_bytes(socket);
    container_.flush_log();
    const std::string line = log_tail(container_.log_path(), 1);
    return text + (line.empty() ? " and wrote nothing" : " and last wrote: " + line.substr(0, 200));
  }

  Container& container_;
  ListenFeed& feed_;
  const Interrupt& interrupt_;
  Deadline deadline_;
  LongWait long_wait_;
  bool for_end_;  // nothing but the container's end is waited for
  std::vector<uint16_t> ports_;
};

// Retries that start at every event and in growing intervals between them.
class Retry {
 public:
  Deadline next() {
    interval_ = std::min(interval_ * 2, longest_);
    return steady_clock::now() + interval_;
  }
  explicit Retry(milliseconds longest) : longest_(longest) {}

 private:
  milliseconds interval_ = kFirstRetry;
  milliseconds longest_;
};

bool share_one(const std::vector<uint16_t>& a, const std::vector<uint16_t>& b) {
  return std::any_of(a.begin(), a.end(), [&](uint16_t port) {
    return is_one_of(port, b);
  });
}

// Whether the kernel takes connections on one of `wanted` (or datagrams, where `udp` counts).
// Waits a moment for it, since the feed may be ahead.
Result<bool> settled(Watch& watch, const Fd& diag, const std::vector<uint16_t>& wanted, bool udp) {
  const auto end = steady_clock::now() + kSettle;
  for (;;) {
    SLIM_TRY(const auto found, listeners(diag));
    for (const auto& listener : found)
      if ((listener.tcp || udp) && share_one({listener.port}, wanted)) return true;
    if (steady_clock::now() >= end) return false;
    const int init = watch.container().init_pidfd().get();
    SLIM_TRY(const auto ended, wait_readable({init}, watch.interrupt(),
                                             steady_clock::now() + milliseconds(1)));
    if (ended) return false;
  }
}

// Any of `wanted`, or any TCP port when there are none; `may_end`: see `automatic`.
Result<Ready> until_listening(Watch& watch, const std::vector<uint16_t>& wanted, bool may_end) {
  SLIM_TRY(const Fd diag, open_sock_diag(watch.container().network_namespace()));
  Deadline grace;
  bool has_port = false;
  for (;;) {
    const std::vector<uint16_t> ports = watch.ports();
    if (wanted.empty() ? !ports.empty() : share_one(ports, wanted)) {
      SLIM_TRY(const bool sure,
               settled(watch, diag, wanted.empty() ? ports : wanted, !wanted.empty()));
      // A port of a nested network namespace is seen by the tracer alone.
      if (sure || !wanted.empty()) return watch.ready(Ready::How::listening);
    }
    if (may_end && !ports.empty() && !has_port) {
      has_port = true;
      grace = steady_clock::now() + kGrace;
    } else if (may_end && wanted.empty() && !grace &&
               !unix_listeners(watch.container().init_pid()).empty()) {
      grace = steady_clock::now() + kPortGrace;
    }
    SLIM_TRY(const Event event, watch.next(grace));
    if (event == Event::pause) return watch.ready(Ready::How::listening);
    if (event != Event::ended) continue;
    if (!may_end) return watch.ended_early();
    return watch.ready(Ready::How::ended);
  }
}

Result<Ready> until_automatic(Watch& watch, const image::ImageConfig& config) {
  std::vector<uint16_t> exposed;
  for (const auto& port : config.exposed_ports) exposed.push_back(port.number);
  return until_listening(watch, exposed, true);
}

Result<bool> answers(Watch& watch, const std::string& url) {
  bool good = false;
  const auto& network = watch.container().network_namespace();
  SLIM_CHECK(in_network_namespace(network, [&]() -> Result<void> {
    auto until = steady_clock::now() + kLongestRequest;
    if (watch.deadline()) until = std::min(until, *watch.deadline());
    SLIM_TRY(HttpClient client, HttpClient::create());
    SLIM_TRY(const HttpAnswer answer, client.get(url, watch.interrupt(), until));
    good = answer.status >= 200 && answer.status < 400;
    return {};
  }));
  return good;
}

// Asks `attempt` at every event and in growing intervals until it says yes.
Result<Ready> until_success(Watch& watch, Ready::How how, milliseconds longest,
                            const std::function<Result<bool>()>& attempt) {
  Retry retry(longest);
  for (;;) {
    watch.ports();  // takes the news that led here
    SLIM_TRY(const bool good, attempt());
    if (good) return watch.ready(how);
    SLIM_TRY(const Event event, watch.next(retry.next()));
    if (event == Event::ended) return watch.ended_early();
  }
}

Result<Ready> until_healthy(Watch& watch, const image::ImageConfig& config) {
  SLIM_CHECK(health_command(config));
  const auto interval =
      std::chrono::duration_cast<milliseconds>(config.health_check->interval);
  const std::string output = watch.container().log_path() + ".health";
  return until_success(
      watch, Ready::How::healthy, interval.count() > 0 ? interval : milliseconds(30'000), [&] {
        return run_health_check(watch.container(), config, output, watch.interrupt(),
                                watch.deadline());
      });
}

Result<Ready> until_logged(Watch& watch, const std::string& pattern) {
  const std::regex wanted(pattern);
  LogReader reader(watch.container().log_path());
  for (bool ended = false;;) {
    watch.container().flush_log();
    for (const auto& line : reader.new_lines(ended))
      if (std::regex_search(line, wanted)) return watch.ready(Ready::How::logged);
    if (ended) return watch.ended_early();
    watch.ports();
    SLIM_TRY(const Event event, watch.next(std::nullopt, true));
    ended = event == Event::ended;
  }
}

Result<Ready> until_passed(Watch& watch, milliseconds delay) {
  const auto end = steady_clock::now() + delay;
  for (;;) {
    SLIM_TRY(const Event event, watch.next(end));
    if (event == Event::ended) return watch.ended_early();
    if (event == Event::pause) return watch.ready(Ready::How::delayed);
    watch.ports();
  }
}

Result<Ready> until_ended(Watch& watch) {
  for (;;) {
    SLIM_TRY(const Event event, watch.next(std::nullopt));
    if (event == Event::ended) return watch.ready(Ready::How::ended);
    watch.ports();
  }
}

}  // namespace

std::string listened_on(const std::vector<uint16_t>& ports) {
  if (ports.empty()) return "never listened on a port";
  std::string text = "listened on port ";
  for (const uint16_t port : ports) text += (port == ports.front() ? "" : ", ") + std::to_string(port);
  return text;
}

Result<Ready> wait_until_ready(Container& container, const image::ImageConfig& config,
                               const ReadySpec& spec, ListenFeed& feed, const Interrupt& interrupt,
                               Deadline deadline, LongWait long_wait) {
  const bool for_end = spec.kind == ReadySpec::Kind::exit;
  const bool meant_to_last = for_end || spec.kind == ReadySpec::Kind::delay;
  Watch watch(container, feed, interrupt, deadline,
              meant_to_last ? LongWait() : std::move(long_wait), for_end);
  switch (spec.kind) {
    case ReadySpec::Kind::automatic: return until_automatic(watch, config);
    case ReadySpec::Kind::port: return until_listening(watch, {spec.port}, false);
    case ReadySpec::Kind::http:
      return until_success(watch, Ready::How::answered, kLongestRetry,
                           [&] { return answers(watch, spec.text); });
    case ReadySpec::Kind::log: return until_logged(watch, spec.text);
    case ReadySpec::Kind::healthcheck: return until_healthy(watch, config);
    case ReadySpec::Kind::delay: return until_passed(watch, spec.delay);
    case ReadySpec::Kind::exit: return until_ended(watch);
  }
  return fail(ErrorCode::internal, "unknown kind of readiness");
}

}  // namespace slim::container
