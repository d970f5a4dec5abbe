// SPDX-License-Identifier: Apache-2.0
#include "policy/runtime_floor.hpp"

namespace slim::policy {
namespace {

// Measured with strace -f over all threads of the container's process, from the call that installs
// the filter to the execve of the application, in repeated `run` and `exec` of runc 1.1.5 and
// crun 1.8.1, each with and without noNewPrivileges, as root and as a user with supplementary
// groups. noNewPrivileges makes the runtime install the filter last, so that only a few calls
// follow; without it (Docker's default) all of dropping privileges comes after.
constexpr std::string_view kRuntimeFloor[] = {
    // runc and crun, every time, with noNewPrivileges.
    "close", "execve",
    // runc, every time, with noNewPrivileges.
    "epoll_ctl", "fstatfs", "getdents64", "getpid", "openat", "write",
    // crun, every time, without noNewPrivileges.
    "capset", "prctl", "rt_sigaction", "rt_sigprocmask", "setresgid", "setresuid",
    // crun, every time, when it executes another process in a running container.
    "ioctl",
    // runc, every time, without noNewPrivileges; fchown when the user is not root.
    "capget", "chdir", "faccessat2", "fchown", "fcntl", "fstat", "getcwd", "getppid", "newfstatat",
    "read", "setgid", "setgroups", "setuid",
    // runc is written in Go, whose scheduler, collector and preemption signals run when they like:
    // seen in some trials only, or known from the sources of the Go runtime.
    "clone", "epoll_pwait", "exit", "futex", "gettid", "madvise", "mmap", "munmap", "nanosleep",
    "rt_sigreturn", "sched_yield", "sigaltstack", "tgkill",
    // Go on kernels without faccessat2 decides by the effective ids; since 1.19 it restores the
    // soft limit of open files on exec.
    "faccessat", "geteuid", "prlimit64",
    // runc since 1.1.12 closes descriptors with close_range and since 1.2 opens /proc safely.
    "close_range", "openat2", "readlinkat", "statx",
};

constexpr std::string_view kHidden[] = {
    "exit_group", "restart_syscall", "rseq", "rt_sigreturn", "set_robust_list",
    "clock_getres", "clock_gettime", "getcpu", "getrandom", "gettimeofday", "time",
};

constexpr Fallback kFallbacks[] = {
    {"accept4", "accept"},
    {"clone3", "clone"},
    {"close_range", "close"},
    {"copy_file_range", "sendfile"},
    {"dup3", "dup2"},
    {"epoll_pwait2", "epoll_pwait"},
    {"execveat", "execve"},
    {"faccessat2", "faccessat"},
    {"fchmodat2", "fchmodat"},
    {"futex_waitv", "futex"},
    {"mlock2", "mlock"},
    {"openat2", "openat"},
    {"preadv2", "preadv"},
    {"pwritev2", "pwritev"},
    {"renameat2", "renameat"},
    {"statx", "newfstatat"},
    // The 32-bit architectures' calls with 64-bit time, since Linux 5.1.
    {"clock_getres_time64", "clock_getres"},
    {"clock_gettime64", "clock_gettime"},
    {"clock_nanosleep_time64", "clock_nanosleep"},
    {"futex_time64", "futex"},
    {"io_pgetevents_time64", "io_pgetevents"},
    {"ppoll_time64", "ppoll"},
    {"pselect6_time64", "pselect6"},
    {"recvmmsg_time64", "recvmmsg"},
    {"rt_sigtimedwait_time64", "rt_sigtimedwait"},
    {"sched_rr_get_interval_time64", "sched_rr_get_interval"},
    {"semtimedop_time64", "ipc"},
    {"timer_gettime64", "timer_gettime"},
    {"timer_settime64", "timer_settime"},
    {"timerfd_gettime64", "timerfd_gettime"},
    {"timerfd_settime64", "timerfd_settime"},
    {"utimensat_time64", "utimensat"},
};

constexpr std::string_view kProbed[] = {
    "cachestat", "clone3", "close_range", "copy_file_range", "epoll_pwait2", "faccessat2",
    "fchmodat2", "futex_requeue", "futex_wait", "futex_waitv", "futex_wake", "getrandom",
    "landlock_create_ruleset", "map_shadow_stack", "membarrier", "memfd_create", "memfd_secret",
    "mlock2", "openat2", "pidfd_open", "pidfd_send_signal", "pkey_alloc", "pkey_free",
    "pkey_mprotect", "preadv2", "process_mrelease", "pwritev2", "renameat2", "rseq", "statx",
    "io_pgetevents",
};

}  // namespace

std::span<const std::string_view> runtime_floor() { return kRuntimeFloor; }
std::span<const std::string_view> hidden_calls() { return kHidden; }
std::span<const Fallback> fallbacks() { return kFallbacks; }
std::span<const std::string_view> probed_calls() { return kProbed; }

}  // namespace slim::policy
