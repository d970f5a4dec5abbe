// SPDX-License-Identifier: Apache-2.0
#include "policy/runtime_floor.hpp"

namespace slim::policy {
namespace {

// Measured by tests/bench/floor.py with runc 1.1.5 and crun 1.8.1: the container's process under
// strace -f from the call that installs the filter to the execve of the application, in repeated
// trials, with and without noNewPrivileges, as root and as a user with supplementary groups; and each
// call then taken away to see whether the container still starts. noNewPrivileges makes the runtime
// install the filter last, so that only a few calls follow; without it (Docker's default) all of
// dropping privileges comes after.
//
// Seen but left out, because a refusal changes nothing: close_range, epoll_ctl, faccessat, geteuid,
// getpid, gettid, ioctl, madvise, munmap, nanosleep, sched_yield, tgkill.
constexpr FloorCall kRuntimeFloor[] = {
    // With and without noNewPrivileges.
    {"close", kRunc | kCrun, ""},
    {"execve", kRunc | kCrun, ""},
    {"write", kRunc | kCrun, ""},
    {"fstatfs", kRunc, ""},
    {"getdents64", kRunc, ""},
    {"openat", kRunc, ""},
    // Without noNewPrivileges, every time.
    {"capset", kRunc | kCrun, ""},
    {"prctl", kRunc | kCrun, ""},
    {"rt_sigaction", kCrun, ""},
    {"rt_sigprocmask", kCrun, ""},
    {"setresgid", kCrun, ""},
    {"setresuid", kCrun, ""},
    // crun waits with select(3) for `start`, when it was not told to create and start in one.
    {"pselect6", kCrun, ""},
    {"capget", kRunc, ""},
    {"chdir", kRunc, ""},
    {"fstat", kRunc, ""},
    {"getcwd", kRunc, ""},
    {"getppid", kRunc, ""},
    {"newfstatat", kRunc, ""},
    {"read", kRunc | kCrun, ""},
    {"setgid", kRunc, ""},
    {"setgroups", kRunc, ""},
    {"setuid", kRunc, ""},
    // runc starts without these, but then: fchown gives standard output to the user of the container;
    // without faccessat2 Go decides by the effective user, for which it would need another call;
    // prlimit64 puts the limit of open files back that Go has raised.
    {"faccessat2", kRunc, ""},
    {"fchown", kRunc, ""},
    {"fcntl", kRunc, ""},
    {"prlimit64", kRunc, ""},
    // runc is written in Go, whose scheduler starts threads, waits and preempts when it likes: seen
    // in some trials only, or known from the Go runtime, which ends the process if they fail.
    {"clone", kRunc, ""},
    {"epoll_pwait", kRunc, ""},
    {"futex", kRunc, ""},
    {"mmap", kRunc, ""},
    {"rt_sigreturn", kRunc, ""},
    {"sigaltstack", kRunc, ""},
    // It opens /proc safely, and decides before the filter which calls there are.
    {"openat2", kRunc, "1.2.8 and newer"},
    {"readlinkat", kRunc, "1.2.8 and newer"},
    {"statx", kRunc, "1.2.8 and newer"},
};

constexpr std::string_view kHidden[] = {
    "exit_group", "restart_syscall", "rseq", "rt_sigreturn", "set_robust_list",
    // Whoever administers a container signals what runs in it (nginx -s reload by `docker exec`);
    // a filter adds nothing to the kernel's own rules about who may signal whom.
    "kill",
    // The vDSO's.
    "clock_gettime", "getcpu", "getrandom", "gettimeofday", "time",
};

// Of calls that are newer than Linux 4.18, the oldest kernel that engines still support.
constexpr Fallback kFallbacks[] = {
    {"clone3", "clone"},
    {"close_range", "close"},
    {"epoll_pwait2", "epoll_pwait"},
    {"faccessat2", "faccessat"},
    {"fchmodat2", "fchmodat"},
    {"futex_waitv", "futex"},
    {"openat2", "openat"},
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

std::span<const FloorCall> runtime_floor() { return kRuntimeFloor; }
std::span<const std::string_view> hidden_calls() { return kHidden; }
std::span<const Fallback> fallbacks() { return kFallbacks; }
std::span<const std::string_view> probed_calls() { return kProbed; }

}  // namespace slim::policy
