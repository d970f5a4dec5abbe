// SPDX-License-Identifier: Apache-2.0
#include "slim/base/interrupt.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>

#include "slim/base/signals.hpp"

namespace slim {

namespace {

// What the handler touches: lock-free and set up before the handler is installed.
std::atomic<int> first_signal{0};
std::atomic<int> event_fd{-1};

void on_signal(int number) {
  const int saved = errno;
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(event_fd.load(), &one, sizeof one);
  errno = saved;
}

int poll_timeout(const Deadline& deadline) {
  if (!deadline) return -1;
  const auto left = *deadline - std::chrono::steady_clock::now();
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<int64_t>(ms, 0, INT_MAX));
}

}  // namespace

Interrupt::Interrupt() = default;

Result<Interrupt> Interrupt::install() {
  Interrupt interrupt;
  SLIM_TRY(interrupt.event_, make_eventfd());
  event_fd = interrupt.event_.get();
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int number : kInterruptSignals) {
    struct sigaction old;
    if (::sigaction(number, nullptr, &old) != 0) return fail_errno("sigaction");
    // nohup(1) and background shells ignore a signal on purpose; that is to be respected.
    if (old.sa_handler == SIG_IGN) continue;
    if (::sigaction(number, &action, nullptr) != 0) return fail_errno("sigaction");
  }
  return interrupt;
}

bool Interrupt::requested() const { return event_ && first_signal.load() != 0; }

int Interrupt::signal() const { return event_ ? first_signal.load() : 0; }

Result<void> Interrupt::check() const {
  if (requested()) return fail(ErrorCode::interrupted, "interrupted");
  return {};
}

Result<std::optional<size_t>> wait_readable(const std::vector<int>& fds,
                                            const Interrupt& interrupt, Deadline deadline) {
  std::vector<pollfd> polled;
  for (const int fd : fds) polled.push_back({fd, POLLIN, 0});
  polled.push_back({interrupt.fd(), POLLIN, 0});  // a negative one is ignored by poll(2)
  for (;;) {
    const int count = ::poll(polled.data(), polled.size(), poll_timeout(deadline));
    SLIM_CHECK(interrupt.check());
    if (count < 0 && errno != EINTR) return fail_errno("poll");
    if (count == 0) return std::nullopt;
    if (count < 0) continue;
    for (size_t i = 0; i < fds.size(); ++i)
      if (polled[i].revents != 0) return i;
  }
}

}  // namespace slim
