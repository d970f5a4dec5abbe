// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/import_calls.hpp"

#include <algorithm>

#include "slim/base/text.hpp"
#include "slim/trace/own_calls.hpp"

namespace slim::trace {
namespace {

// Calls whose functions are named like them.
constexpr std::string_view kSameName =
    "accept accept4 alarm bind chdir creat dup dup3 epoll_create epoll_create1 epoll_ctl "
    "epoll_wait fallocate fchdir fdatasync fgetxattr flistxattr getcwd getegid geteuid getgid "
    "getgroups getitimer getpgid getpgrp getpid getppid getpriority getsid gettid getuid "
    "getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch lgetxattr listen "
    "listxattr llistxattr madvise mlock mprotect mremap munlock munmap nanosleep pause ppoll "
    "prctl preadv pwritev recvmmsg sched_yield sendmmsg setpgid setpriority setsid setsockopt "
    "signalfd4 socket statx sync syncfs timer_create timer_delete timer_settime timerfd_create "
    "timerfd_gettime timerfd_settime times vfork waitid";

// Other names of functions, and what C libraries, and libacl, do for one with several calls. Those for
// which libraries differ are all here.
struct Functions {
  std::string_view functions, calls;
};
constexpr Functions kFunctions[] = {
    {"__libc_start_main",
     "access arch_prctl brk close execve exit_group fstat getrandom mmap mprotect munmap newfstatat "
     "openat pread64 prlimit64 read rseq set_robust_list set_tid_address write"},
    {"fork vfork popen system posix_spawn posix_spawnp daemon forkpty wordexp pthread_create", "clone"},
    {"execl execle execlp execv execve execvp execvpe fexecve popen system posix_spawn posix_spawnp",
     "execve"},
    {"popen system posix_spawn posix_spawnp wordexp",
     "dup2 pipe2 rt_sigaction rt_sigprocmask vfork wait4"},
    {"pthread_create", "exit futex madvise mprotect rt_sigprocmask"},
    {"pthread_cond_wait pthread_cond_timedwait pthread_mutex_lock sem_wait", "futex"},
    {"raise pthread_kill", "getpid gettid rt_sigprocmask tgkill"},
    {"signal sigaction bsd_signal sysv_signal", "rt_sigaction rt_sigreturn"},
    {"sigprocmask pthread_sigmask", "rt_sigprocmask"},
    {"sigsuspend", "rt_sigsuspend"},
    {"sigwait sigwaitinfo sigtimedwait", "rt_sigtimedwait"},
    {"pipe pipe2", "pipe pipe2"},
    {"select pselect", "pselect6 select"},
    {"epoll_wait epoll_pwait", "epoll_pwait"},
    {"eventfd", "eventfd2"},
    {"signalfd", "signalfd4"},
    {"daemon", "chdir dup2 setsid"},
    {"setpgrp", "setpgid"},
    {"creat64", "creat"},
    {"nice", "getpriority setpriority"},
    {"mkfifo mkfifoat", "mknod mknodat"},
    {"fcntl fcntl64 lockf lockf64", "fcntl"},
    {"ioctl isatty tcgetattr tcsetattr ttyname_r", "ioctl"},
    {"mkfifo tmpfile mkstemp mkstemp64 mkdtemp", "getpid getrandom mkdir openat unlink"},
    {"stat stat64 lstat lstat64 fstatat fstatat64 __xstat __xstat64 __lxstat __lxstat64 __fxstatat "
     "__fxstatat64",
     "lstat newfstatat stat"},
    {"fstatfs fstatfs64 fstatvfs fstatvfs64", "fstatfs"},
    {"access euidaccess eaccess", "access"},
    {"faccessat euidaccess eaccess", "faccessat"},
    {"opendir fdopendir scandir scandir64 fts_open fts64_open nftw nftw64 glob glob64",
     "fstat getdents64"},
    {"fts_open fts64_open nftw nftw64", "fchdir fstatfs"},
    {"acl_get_fd acl_get_file acl_extended_file", "fgetxattr getxattr"},
    {"acl_set_fd acl_set_file acl_delete_def_file", "fsetxattr removexattr setxattr"},
    {"posix_fadvise posix_fadvise64", "fadvise64"},
    {"getrlimit getrlimit64 setrlimit setrlimit64 prlimit prlimit64", "prlimit64"},
    {"sched_getaffinity pthread_getaffinity_np get_nprocs", "sched_getaffinity"},
    {"getaddrinfo gethostbyname gethostbyname_r gethostbyname2 gethostbyaddr getnameinfo res_query "
     "res_search res_nquery res_nsearch",
     "bind connect getpeername getsockname ioctl poll recvfrom recvmsg sendmmsg sendto setsockopt "
     "socket uname"},
    {"syslog vsyslog openlog __syslog_chk", "connect sendto socket"},
};

bool has_one(const std::set<std::string>& imports, std::string_view functions) {
  const auto names = fields_of(functions, ' ');
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return imports.contains(std::string(name));
  });
}

}  // namespace

std::set<std::string> calls_of_imports(const std::set<std::string>& imports) {
  std::set<std::string> calls;
  for (const std::string_view name : fields_of(kSameName, ' '))
    if (imports.contains(std::string(name))) calls.emplace(name);
  for (const Functions& row : kFunctions) {
    if (!has_one(imports, row.functions)) continue;
    for (const std::string_view call : fields_of(row.calls, ' ')) calls.emplace(call);
  }
  for (const OwnCall& own : own_calls())
    if (has_one(imports, own.functions)) calls.emplace(own.call);
  return calls;
}

std::string import_fact(std::string_view who, std::string_view call) {
  return std::string(who) + std::string(call);
}

std::string imported_call(std::string_view who, std::string_view fact) {
  return fact.starts_with(who) ? std::string(fact.substr(who.size())) : std::string();
}

}  // namespace slim::trace
