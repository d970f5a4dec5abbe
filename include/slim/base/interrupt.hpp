// SPDX-License-Identifier: Apache-2.0
// Cancellation: SIGINT, SIGTERM, SIGHUP and SIGQUIT become one event that every wait can poll and
// every long loop can ask, so that clean-up is in destructors and never in a signal handler.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"

namespace slim {

class Interrupt {
 public:
  // Never fires: for library users and tests.
  Interrupt();
  // Installs handlers for SIGINT, SIGTERM, SIGHUP and SIGQUIT. At most one such object a process.
  static Result<Interrupt> install();
  Interrupt(Interrupt&&) noexcept = default;

  bool requested() const;
  Result<void> check() const;  // an `interrupted` error once requested
  int signal() const;          // the first signal received, 0 if none
  int fd() const { return event_.get(); }  // readable once requested; stays readable

 private:
  Fd event_;
};

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

// Waits until one of `fds` is readable (or hung up): its position; nullopt at the deadline;
// an `interrupted` error if the interrupt comes first.
Result<std::optional<size_t>> wait_readable(const std::vector<int>& fds,
                                            const Interrupt& interrupt, Deadline deadline);

}  // namespace slim
