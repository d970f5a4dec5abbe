// SPDX-License-Identifier: Apache-2.0
// What waitpid(2) says about a tracee, as a type: ptrace(2), "Stopped states".
#pragma once

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <csignal>

namespace slim::trace {

class WaitStatus {
 public:
  enum class Kind {
    exited,      // with exit_code()
    killed,      // by signal()
    syscall,     // syscall-stop (PTRACE_O_TRACESYSGOOD): here always the exit of a call
    event,       // PTRACE_EVENT_*: event()
    group_stop,  // PTRACE_EVENT_STOP by a stopping signal()
    first_stop,  // PTRACE_EVENT_STOP otherwise: a new tracee, or PTRACE_INTERRUPT
    signal,      // signal-delivery-stop: signal() is to be injected
  };

  explicit WaitStatus(int status) : status_(status) {}

  Kind kind() const {
    if (WIFEXITED(status_)) return Kind::exited;
    if (WIFSIGNALED(status_)) return Kind::killed;
    if (WSTOPSIG(status_) == (SIGTRAP | 0x80)) return Kind::syscall;
    if (event() == PTRACE_EVENT_STOP)
      return is_stopping(WSTOPSIG(status_)) ? Kind::group_stop : Kind::first_stop;
    if (event() != 0) return Kind::event;
    return Kind::signal;
  }
  int event() const { return static_cast<int>(static_cast<unsigned>(status_) >> 16); }
  int signal() const { return WIFSIGNALED(status_) ? WTERMSIG(status_) : WSTOPSIG(status_); }
  int exit_code() const { return WEXITSTATUS(status_); }
  bool is_end() const { return WIFEXITED(status_) || WIFSIGNALED(status_); }
  int raw() const { return status_; }

 private:
  static bool is_stopping(int number) {
    return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
  }
  int status_;
};

}  // namespace slim::trace
