// SPDX-License-Identifier: Apache-2.0
// Who listens, asked of the kernel: it has no event for this without tracing.
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "container/network.hpp"
#include "slim/container/readiness.hpp"

namespace slim::container {

namespace {

using std::chrono::microseconds;

// Most servers listen within milliseconds; one that takes a second can wait 20 ms more.
constexpr microseconds kFirst{1000};
constexpr microseconds kLongest{20000};

class PolledListenFeed : public ListenFeed {
 public:
  PolledListenFeed(Fd diag, Fd timer, std::vector<Listener> before)
      : diag_(std::move(diag)), timer_(std::move(timer)), before_(std::move(before)) {
    arm();
  }

  int fd() const override { return timer_.get(); }

  std::vector<uint16_t> ports() override {
    uint64_t expirations;
    [[maybe_unused]] const ssize_t got = ::read(timer_.get(), &expirations, sizeof expirations);
    // A failed question is asked again at the next expiration; the deadline bounds it.
    const auto found = listeners(diag_);
    for (const Listener& listener : found.value_or(std::vector<Listener>()))
      if (serves(listener)) ports_.insert(listener.port);
    arm();
    return {ports_.begin(), ports_.end()};
  }

 private:
  bool serves(const Listener& listener) const {
    // In the host's namespace there are others' sockets as well.
    if (std::binary_search(before_.begin(), before_.end(), listener)) return false;
    return listener.tcp || listener.port < first_ephemeral_;
  }

  void arm() {
    itimerspec next = {};
    next.it_value.tv_nsec = std::chrono::nanoseconds(interval_).count();
    ::timerfd_settime(timer_.get(), 0, &next, nullptr);
    interval_ = std::min(interval_ * 3 / 2, kLongest);
  }

  Fd diag_, timer_;
  std::vector<Listener> before_;  // sorted
  std::set<uint16_t> ports_;
  microseconds interval_ = kFirst;
  uint16_t first_ephemeral_ = first_ephemeral_port();
};

}  // namespace

Result<std::unique_ptr<ListenFeed>> poll_listening_ports(const Container& container) {
  SLIM_TRY(Fd diag, open_sock_diag(container.network_namespace()));
  Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return fail_errno("cannot make a timer");
  SLIM_TRY(auto before, listeners(diag));
  return std::unique_ptr<ListenFeed>(
      std::make_unique<PolledListenFeed>(std::move(diag), std::move(timer), std::move(before)));
}

}  // namespace slim::container
