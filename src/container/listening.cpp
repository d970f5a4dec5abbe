// SPDX-License-Identifier: Apache-2.0
// Who listens, where no tracer tells: sock_diag(7) has no notification, so it is asked in growing
// intervals.
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "container/network.hpp"
#include "slim/base/text.hpp"
#include "slim/container/probe.hpp"
#include "slim/container/readiness.hpp"

namespace slim::container {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstInterval{1};
constexpr milliseconds kLongestInterval{50};

class PolledFeed : public ListenFeed {
 public:
  // `others` listened before the container was started: the host's, when it shares its network.
  PolledFeed(Fd diag, Fd timer, std::vector<Listener> others)
      : diag_(std::move(diag)), timer_(std::move(timer)), others_(std::move(others)) {
    arm();
  }

  int fd() const override { return timer_.get(); }

  std::vector<uint16_t> ports() override {
    const std::lock_guard lock(mutex_);
    uint64_t expirations;
    [[maybe_unused]] const ssize_t got =
        ::read(timer_.get(), &expirations, sizeof expirations);
    interval_ = std::min(interval_ * 2, kLongestInterval);
    arm();
    // What once listened stays in the list, as with a tracer.
    if (const auto found = listeners(diag_))
      for (const auto& listener : *found)
        if (is_server(listener)) add(listener.port);
    return ports_;
  }

 private:
  bool is_server(const Listener& listener) const {
    if (is_one_of(listener, others_)) return false;
    return listener.tcp || listener.port < first_ephemeral_;
  }

  void arm() {
    itimerspec spec = {};
    spec.it_value.tv_nsec = std::chrono::nanoseconds(interval_).count();
    ::timerfd_settime(timer_.get(), 0, &spec, nullptr);
  }

  void add(uint16_t port) {
    const auto place = std::lower_bound(ports_.begin(), ports_.end(), port);
    if (place == ports_.end() || *place != port) ports_.insert(place, port);
  }

  Fd diag_, timer_;
  std::vector<Listener> others_;
  std::mutex mutex_;
  milliseconds interval_ = kFirstInterval;
  uint16_t first_ephemeral_ = first_ephemeral_port();
  std::vector<uint16_t> ports_;
};

bool all_listened_on(const std::vector<Listener>& found, const std::vector<uint16_t>& ports) {
  return std::all_of(ports.begin(), ports.end(), [&](uint16_t port) {
    return is_one_of(Listener{port, true}, found);
  });
}

}  // namespace

Result<std::unique_ptr<ListenFeed>> poll_listening_ports(const Container& container) {
  SLIM_TRY(Fd diag, open_sock_diag(container.network_namespace()));
  Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return fail_errno("cannot make a timer");
  SLIM_TRY(auto others, listeners(diag));
  return std::make_unique<PolledFeed>(std::move(diag), std::move(timer), std::move(others));
}

Result<std::vector<OpenPort>> open_ports(const Fd& network_namespace) {
  SLIM_TRY(const Fd diag, open_sock_diag(network_namespace));
  SLIM_TRY(const auto found, listeners(diag));
  std::vector<OpenPort> ports;
  for (const auto& listener : found) ports.push_back({listener.port, listener.tcp});
  return ports;
}

Result<bool> wait_for_ports(const Container& container, const std::vector<uint16_t>& ports,
                            const Interrupt& interrupt, Deadline deadline) {
  SLIM_TRY(const Fd diag, open_sock_diag(container.network_namespace()));
  for (milliseconds interval = kFirstInterval;;
       interval = std::min(interval * 2, kLongestInterval)) {
    SLIM_TRY(const auto found, listeners(diag));
    if (all_listened_on(found, ports)) return true;
    const auto now = steady_clock::now();
    if (deadline && now >= *deadline) return false;
    const auto next = deadline ? std::min(now + interval, *deadline) : now + interval;
    SLIM_TRY(const auto ended, wait_readable({container.init_pidfd().get()}, interrupt, next));
    if (ended) return false;
  }
}

}  // namespace slim::container
