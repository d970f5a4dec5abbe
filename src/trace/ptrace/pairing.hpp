// SPDX-License-Identifier: Apache-2.0
// Keeps the tracer on the processor of the task that stops most.
//
// At a stop the tracee waits for the tracer and then the tracer for the tracee: never do both run.
// The scheduler does not know that and wakes each on an idle processor, which costs ten times as
// much as a switch on the same one, most of all in virtual machines. So a task that stops many
// times in a row is bound to one processor together with the tracer, and let go when others stop,
// when a new phase begins, and before it (or what it creates) can see which processors it may use.
#pragma once

#include <sched.h>
#include <sys/types.h>

namespace slim::trace {

class Pairing {
 public:
  Pairing() = default;
  Pairing(const Pairing&) = delete;
  Pairing& operator=(const Pairing&) = delete;

  // A recorded task has stopped at a call.
  void stopped(pid_t tid);
  // A task has come into being and has not run yet.
  void born(pid_t tid) const;
  void ended(pid_t tid);
  void release();  // on the tracer's thread, like all of these; also before it ends
  // The program chooses its processors itself: from now on hands off.
  void disable();

 private:
  void pair(pid_t tid);

  pid_t last_ = -1;
  unsigned streak_ = 0;
  pid_t paired_ = -1;
  bool ever_paired_ = false;
  bool disabled_ = false;
  cpu_set_t own_{};     // the tracer's, to go back to
  cpu_set_t theirs_{};  // the task's
};

}  // namespace slim::trace
