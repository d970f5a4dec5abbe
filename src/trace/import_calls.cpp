// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/import_calls.hpp"

#include <algorithm>

#include "slim/base/text.hpp"
#include "slim/trace/own_calls.hpp"
#include "trace/function_calls.hpp"

namespace slim::trace {
namespace {

// Calls whose functions are named like them.
constexpr std::string_view kSameName =
    "accept accept4 alarm bind chdir clock_getres copy_file_range creat dup dup3 epoll_create "
    "epoll_create1 epoll_ctl epoll_wait fallocate fchdir fdatasync fgetxattr flistxattr getcwd "
    "getegid geteuid getgid getgroups getitimer getpgid getpgrp getpid getppid getpriority getsid "
    "gettid getuid getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch lgetxattr "
    "listen listxattr llistxattr madvise memfd_create mlock mlockall mq_notify mq_open mq_unlink "
    "mremap msgctl msgget msgrcv msgsnd munlock munlockall munmap mprotect nanosleep pause ppoll "
    "prctl preadv pwritev recvmmsg sched_yield semctl semget semop semtimedop sendmmsg setpgid "
    "setpriority setsid setsockopt shmat shmctl shmdt shmget sigaltstack signalfd4 socket splice "
    "statx sync syncfs tee timer_create timer_delete timer_getoverrun timer_gettime timer_settime "
    "timerfd_create timerfd_gettime timerfd_settime times vfork vmsplice waitid";

// Other names of functions, and what C libraries, and libacl, do for one with several calls. Those for
// which libraries differ are all here.
constexpr FunctionCalls kFunctions[] = {
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
    {"fcntl fcntl64 lockf lockf64", "fcntl"},
    {"ioctl isatty tcgetattr tcsetattr ttyname_r", "ioctl"},
    {"mkfifo tmpfile mkstemp mkstemp64 mkdtemp", "getpid getrandom mkdir openat unlink"},
    {"mkfifo mkfifoat mknod mknodat", "mknod mknodat"},
    {"sem_open sem_unlink shm_unlink", "getrandom link unlink"},
    {"semop", "semtimedop"},
    {"mq_send mq_timedsend", "mq_timedsend"},
    {"mq_receive mq_timedreceive", "mq_timedreceive"},
    {"mq_getattr mq_setattr", "mq_getsetattr"},
    {"fopen fopen64 fdopen freopen freopen64 fseek fseeko fseeko64 tmpfile tmpfile64", "lseek"},
    {"aio_read aio_read64 aio_write aio_write64",
     "clone exit futex madvise mprotect pread64 pwrite64 rt_sigprocmask"},
    {"realpath canonicalize_file_name __realpath_chk", "faccessat2 getcwd readlink"},
    {"getpwnam getpwnam_r getpwuid getpwuid_r getgrnam getgrnam_r getgrgid getgrgid_r getgrouplist "
     "getservbyname getservbyport getprotobyname",
     "connect lseek socket"},
    {"getifaddrs if_nameindex", "bind getsockname recvmsg sendto socket"},
    {"sigqueue", "rt_sigqueueinfo"},
    {"openpty posix_openpt ptsname ptsname_r", "ioctl"},
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

// Functions of C++'s library, by how their names begin.
constexpr FunctionCalls kOfCxx[] = {
    {"_ZNSt6thread15_M_start_thread", "clone exit futex madvise mprotect rt_sigprocmask"},
    {"_ZNSt18condition_variable _ZNSt28__atomic_futex_unsigned_base", "futex"},
    {"_ZNSt13basic_filebuf _ZNSt13basic_fstream _ZNSt14basic_ifstream _ZNSt14basic_ofstream "
     "_ZNSt12__basic_file",
     "ioctl lseek poll readv writev"},
    {"_ZNSt10filesystem4copy _ZNSt10filesystem9copy_file", "fchmod fchmodat mkdir sendfile symlink"},
    {"_ZNSt10filesystem5space", "statfs"},
    {"_ZNSt10filesystem6rename", "rename"},
    {"_ZNSt10filesystem6remove _ZNSt10filesystem10remove_all", "rmdir unlink unlinkat"},
    {"_ZNSt10filesystem9canonical _ZNSt10filesystem16weakly_canonical "
     "_ZNSt10filesystem12read_symlink _ZNSt10filesystem8absolute",
     "getcwd readlink"},
    {"_ZNSt10filesystem11permissions", "fchmodat"},
    {"_ZNSt10filesystem11resize_file", "truncate"},
    {"_ZNSt10filesystem12current_path", "chdir getcwd"},
    {"_ZNSt10filesystem14create_symlink _ZNSt10filesystem24create_directory_symlink", "symlink"},
    {"_ZNSt10filesystem15last_write_time", "utimensat"},
    {"_ZNSt10filesystem16create_directory _ZNSt10filesystem18create_directories", "mkdir"},
    {"_ZNSt10filesystem16create_hard_link", "link"},
    {"_ZNSt10filesystem7__cxx1118directory_iterator "
     "_ZNSt10filesystem7__cxx1128recursive_directory_iterator _ZNSt10filesystem10remove_all",
     "getdents64"},
};

// What is asked of a library leads to these: what it keeps in files, whom it talks to and how it waits.
constexpr std::string_view kOfLibraries =
    "connect epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 fdatasync fsync ftruncate "
    "getpeername getsockname getsockopt link lseek mkdir pipe2 poll pread64 pwrite64 recvfrom recvmsg "
    "rename rmdir sendmmsg sendmsg sendto setsockopt socket socketpair symlink timerfd_create "
    "timerfd_settime unlink writev";

// glibc's before 2.33.
constexpr FunctionCalls kOlderFunctions[] = {
    {"__xstat __xstat64", "stat"}, {"__lxstat __lxstat64", "lstat"}, {"__fxstat __fxstat64", "fstat"}};

}  // namespace

std::set<std::string> calls_of_imports(const std::set<std::string>& imports) {
  std::set<std::string> calls;
  for (const std::string_view name : fields_of(kSameName, ' '))
    if (imports.contains(std::string(name))) calls.emplace(name);
  add_calls_of(kFunctions, imports, calls);
  for (const FunctionCalls& row : kOfCxx) {
    const auto names = fields_of(row.functions, ' ');
    const bool has = std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      const auto next = imports.lower_bound(std::string(name));
      return next != imports.end() && next->starts_with(name);
    });
    if (has) add_all(calls, row.calls);
  }
  for (const OwnCall& own : own_calls())
    if (has_one(imports, own.functions)) calls.emplace(own.call);
  return calls;
}

std::set<std::string> library_calls_of_imports(const std::set<std::string>& imports) {
  std::set<std::string> calls = calls_of_imports(imports);
  const auto counting = fields_of(kOfLibraries, ' ');
  std::erase_if(calls, [&](const std::string& call) {
    return std::find(counting.begin(), counting.end(), call) == counting.end();
  });
  return calls;
}

std::set<std::string> calls_of_older_imports(const std::set<std::string>& imports) {
  std::set<std::string> calls;
  add_calls_of(kOlderFunctions, imports, calls);
  return calls;
}

std::string import_fact(std::string_view who, std::string_view call) {
  return std::string(who) + std::string(call);
}

std::string imported_call(std::string_view who, std::string_view fact) {
  return fact.starts_with(who) ? std::string(fact.substr(who.size())) : std::string();
}

}  // namespace slim::trace
