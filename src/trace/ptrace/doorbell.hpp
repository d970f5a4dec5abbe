// SPDX-License-Identifier: Apache-2.0
// Wakes a thread that blocks in waitpid(2).
//
// A tracer can wait for its tracees only with wait(2), which no descriptor can interrupt, and a
// signal may come just before the wait begins. So ringing ends a child process, which wait(2)
// reports like anything else: no polling, no race, and no change to the process's signal handlers.
#pragma once

#include <sys/types.h>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"

namespace slim::trace {

class Doorbell {
 public:
  static Result<Doorbell> create();
  Doorbell(Doorbell&& other) noexcept;
  Doorbell& operator=(Doorbell&&) = delete;
  ~Doorbell();  // on the waiting thread: ends and reaps the child

  // On the waiting thread: makes the child that the next ring ends. Rings are not lost while there
  // is none.
  Result<void> arm();
  pid_t pid() const { return pid_; }
  void ended() { pid_ = -1; }  // waitpid has reported pid()

  void ring();  // any thread

 private:
  explicit Doorbell(Pipe pipe) : pipe_(std::move(pipe)) {}
  Pipe pipe_;
  pid_t pid_ = -1;
};

}  // namespace slim::trace
