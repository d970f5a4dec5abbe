// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/script_calls.hpp"

#include "slim/trace/import_calls.hpp"
#include "trace/function_calls.hpp"

namespace slim::trace {
namespace {

// PHP's, Python's, Perl's, Ruby's and JavaScript's functions, Java's classes and their members. None
// gives a power over what is not the caller's own.
constexpr FunctionCalls kFunctions[] = {
    {"posix_mkfifo posix_mknod mkfifo mknod", "mknod mknodat"},
    {"sem_get semget", "semctl semget semop semtimedop"},
    {"shm_attach shmop_open shmget", "shmat shmctl shmdt shmget"},
    {"msg_get_queue msgget", "msgctl msgget msgrcv msgsnd"},
    {"pcntl_getpriority getpriority os.getPriority", "getpriority"},
    {"pcntl_setpriority proc_nice setpriority os.setPriority os.nice POSIX::nice",
     "getpriority setpriority"},
    {"getrusage", "getrusage"},
    {"posix_times os.times POSIX::times Process.times", "times"},
    {"pcntl_sigwaitinfo pcntl_sigtimedwait sigwait sigwaitinfo sigtimedwait", "rt_sigtimedwait"},
    {"posix_getsid getsid", "getsid"},
    {"posix_getpgid getpgid", "getpgid"},
    {"posix_getpgrp getpgrp", "getpgrp"},
    {"posix_getppid getppid ppid", "getppid"},
    {"posix_setsid", "setsid"},
    {"posix_setpgid", "setpgid"},
    {"sched_setaffinity", "sched_setaffinity"},
    {"memfd_create", "memfd_create"},
    {"os.truncate File.truncate", "truncate"},
    {"getxattr UserDefinedFileAttributeView", "fgetxattr getxattr lgetxattr"},
    {"setxattr UserDefinedFileAttributeView", "fsetxattr lsetxattr setxattr"},
    {"removexattr UserDefinedFileAttributeView", "fremovexattr lremovexattr removexattr"},
    {"UserDefinedFileAttributeView", "flistxattr"},
    {"setOwner", "chown fchown lchown"},
    {"UnixSystem UnixLoginModule", "getgroups"},
};

// What interpreters do on Linux before they run a script's first line and after its last, beyond what any
// program does and reads its standard streams with.
constexpr FunctionCalls kInterpreters[] = {
    {"node perl php python ruby tclsh", "fcntl getpid ioctl lseek readlink rt_sigaction"},
    {"node perl python ruby tclsh", "getegid geteuid getgid getuid"},
    {"node php ruby", "getcwd rt_sigprocmask"},
    {"php python ruby", "getdents64 sysinfo"},
    {"node php python", "futex"},
    {"python ruby", "gettid"},
    {"php ruby", "prctl"},
    {"lua", "rt_sigaction"},
    {"node",
     "capget clone epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 exit madvise pipe2 sched_yield "
     "uname"},
    {"ruby", "eventfd2 sched_getaffinity sigaltstack timer_create timer_delete"},
};

}  // namespace

std::set<std::string> calls_of_interpreter(std::string_view language) {
  std::set<std::string> calls = calls_of_imports({"__libc_start_main"});
  add_calls_of(kInterpreters, {std::string(language)}, calls);
  return calls;
}

std::set<std::string> calls_of_script(const std::set<std::string>& names) {
  std::set<std::string> calls;
  add_calls_of(kFunctions, names, calls);
  return calls;
}

}  // namespace slim::trace
