// SPDX-License-Identifier: Apache-2.0
#include "policy/runtime_floor.hpp"

namespace slim::policy {
namespace {

constexpr auto kAny = Privileges::any;
constexpr auto kNew = Privileges::new_ones;

// Measured by tests/bench/floor.py with runc 1.1.5, 1.1.15 and 1.3.6 and crun 1.8.1, 1.21 and 1.28:
// the container's process under strace -f from the call that installs the filter to the execve of the
// application, in repeated trials, with and without noNewPrivileges, as root and as a user with
// supplementary groups; and each call then taken away to see whether the container still starts.
//
// Seen but left out, because a refusal changes nothing: epoll_ctl, faccessat, geteuid, getpid, gettid,
// ioctl, madvise, munmap, nanosleep, sched_yield, seccomp, tgkill.
constexpr FloorCall kRuntimeFloor[] = {
    {"close", kRunc | kCrun, kAny, Machine::any, ""},
    {"execve", kRunc | kCrun, kAny, Machine::any, ""},
    {"fstatfs", kRunc, kAny, Machine::any, ""},
    {"getdents64", kRunc, kAny, Machine::any, ""},
    {"openat", kRunc, kAny, Machine::any, ""},
    {"fcntl", kRunc, kAny, Machine::any, ""},  // keeps descriptors from the application
    {"write", kRunc, kAny, Machine::any, ""},
    {"write", kCrun, kNew, Machine::any, ""},
    {"prctl", kRunc, kAny, Machine::any, ""},
    {"prctl", kCrun, kNew, Machine::any, ""},
    {"capset", kRunc | kCrun, kNew, Machine::any, ""},
    {"read", kRunc | kCrun, kNew, Machine::any, ""},
    {"rt_sigaction", kCrun, kNew, Machine::any, ""},
    {"rt_sigprocmask", kCrun, kNew, Machine::any, ""},
    {"setresgid", kCrun, kNew, Machine::any, ""},
    {"setresuid", kCrun, kNew, Machine::any, ""},
    // crun waits with select(3) for `start`, when it was not told to create and start in one.
    {"pselect6", kCrun, kNew, Machine::any, ""},
    {"capget", kRunc, kNew, Machine::any, ""},
    {"chdir", kRunc, kNew, Machine::any, ""},
    {"getcwd", kRunc, kNew, Machine::any, ""},
    {"getppid", kRunc, kNew, Machine::any, ""},
    {"newfstatat", kRunc, kNew, Machine::any, ""},
    {"setgid", kRunc, kNew, Machine::any, ""},
    {"setgroups", kRunc, kNew, Machine::any, ""},
    {"setuid", kRunc, kNew, Machine::any, ""},
    // runc starts without these, but then: fchown gives standard output to the user of the container;
    // without faccessat2 Go decides by the effective user and knows of no further groups;
    // prlimit64 puts the limit of open files back that Go has raised.
    {"faccessat2", kRunc, kNew, Machine::any, ""},
    {"fchown", kRunc, kNew, Machine::any, ""},
    {"prlimit64", kRunc, kAny, Machine::any, ""},
    // runc is written in Go, whose scheduler starts threads, waits and preempts when it likes: seen
    // in some trials only, or known from the Go runtime, which ends the process if they fail. It lets
    // the C library make the threads, which is why mprotect is here: for their stacks.
    {"clone", kRunc, kAny, Machine::any, ""},
    {"epoll_pwait", kRunc, kAny, Machine::any, ""},
    {"futex", kRunc, kAny, Machine::any, ""},
    {"mmap", kRunc, kAny, Machine::any, ""},
    {"mprotect", kRunc, kAny, Machine::any, ""},
    {"rt_sigprocmask", kRunc, kAny, Machine::any, ""},
    {"rt_sigreturn", kRunc, kAny, Machine::any, ""},
    {"sigaltstack", kRunc, kAny, Machine::any, ""},
    // It opens /proc safely, and decides before the filter which calls there are: with openat2, and
    // by following the links itself on Linux before 5.6.
    {"fstat", kRunc, kAny, Machine::any, "1.2.8 and newer; older ones without noNewPrivileges"},
    {"openat2", kRunc, kAny, Machine::any, "1.2.8 and newer"},
    {"statx", kRunc, kAny, Machine::any, "1.2.8 and newer"},
    {"readlinkat", kRunc, kAny, Machine::unlike, "1.2.8 and newer"},
};

constexpr HiddenCall kHidden[] = {
    {"exit_group"},
    {"restart_syscall"},
    {"rseq"},
    {"rt_sigreturn"},
    {"set_robust_list"},
    // Whoever administers a container signals what runs in it (nginx -s reload by `docker exec`);
    // a filter adds nothing to the kernel's own rules about who may signal whom.
    {"kill"},
    // The vDSO's, which become system calls where the clock cannot be read from user space (Xen), or
    // from an older kernel. Those of the other two are made without a vDSO only.
    {"clock_gettime"},
    {"getrandom"},
    {"gettimeofday"},
    {"getcpu", Machine::unlike},
    {"time", Machine::unlike},
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
std::span<const HiddenCall> hidden_calls() { return kHidden; }
std::span<const Fallback> fallbacks() { return kFallbacks; }
std::span<const std::string_view> probed_calls() { return kProbed; }

}  // namespace slim::policy
