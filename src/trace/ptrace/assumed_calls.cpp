// SPDX-License-Identifier: Apache-2.0
// What runs unseen under ptrace. A call belongs here only if all of this holds: programs make it so
// often that a stop for each would hurt, it opens nothing and names nothing, and allowing it gives
// no power that a process does not already have over its own memory, descriptors and threads.
//
// Not here, although they can be frequent: mmap (tells which files are mapped), getdents64 (which
// directories are listed), sendto and sendmsg (an address makes them a connect), ioctl and accept.
#include <string>
#include <vector>

#include "slim/trace/tracer.hpp"

namespace slim::trace {

const std::vector<std::string>& ptrace_assumed_syscalls() {
  static const std::vector<std::string> names = {
      // input and output on open descriptors
      "close",
      "fstat",
      "lseek",
      "pread64",
      "preadv",
      "pwrite64",
      "pwritev",
      "read",
      "readv",
      "recvfrom",
      "recvmmsg",
      "recvmsg",
      "write",
      "writev",
      "fcntl",
      // waiting
      "epoll_ctl",
      "epoll_pwait",
      "epoll_wait",
      "futex",
      "poll",
      "ppoll",
      "pselect6",
      "select",
      "clock_nanosleep",
      "nanosleep",
      "restart_syscall",
      "sched_yield",
      // memory
      "brk",
      "madvise",
      "mprotect",
      "mremap",
      "munmap",
      // signals
      "rt_sigaction",
      "rt_sigprocmask",
      "rt_sigreturn",
      "sigaltstack",
      // asking
      "clock_gettime",
      "getcpu",
      "getpid",
      "getppid",
      "getrandom",
      "gettid",
      "gettimeofday",
      "time",
      // the same on 32-bit architectures
      "_llseek",
      "_newselect",
      "clock_gettime64",
      "clock_nanosleep_time64",
      "fcntl64",
      "fstat64",
      "futex_time64",
      "ppoll_time64",
      "pselect6_time64",
      "recvmmsg_time64",
      "sigreturn",
  };
  return names;
}

}  // namespace slim::trace
