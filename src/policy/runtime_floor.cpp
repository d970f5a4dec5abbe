// SPDX-License-Identifier: Apache-2.0
#include "policy/runtime_floor.hpp"

#include "slim/trace/call_evidence.hpp"

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
    {"close", kRunc | kCrun, kAny, Machine::any, "closes what the program must not inherit"},
    {"execve", kRunc | kCrun, kAny, Machine::any, "starts the program"},
    {"fstatfs", kRunc, kAny, Machine::any, "makes sure that /proc is no forgery"},
    {"getdents64", kRunc, kAny, Machine::any, "lists its descriptors in /proc/self/fd"},
    {"openat", kRunc, kAny, Machine::any, "opens /proc, users, groups and the FIFO of `start`"},
    {"fcntl", kRunc, kNew, Machine::any, "keeps its descriptors from the program"},
    {"write", kRunc, kAny, Machine::any, "tells by the FIFO that it got `start`"},
    {"write", kCrun, kNew, Machine::any, "tells that it waits for `start`"},
    {"prctl", kRunc, kNew, Machine::any, "drops capabilities, or keeps them over setuid"},
    {"prctl", kCrun, kNew, Machine::any, "drops capabilities, or keeps them over setuid"},
    {"capset", kRunc | kCrun, kNew, Machine::any, "sets the program's capabilities"},
    {"read", kRunc, kNew, Machine::any, "reads capabilities, users and groups"},
    {"read", kCrun, kNew, Machine::any, "is told to start"},
    {"rt_sigaction", kCrun, kNew, Machine::any, "puts the answers to signals back"},
    {"rt_sigprocmask", kCrun, kNew, Machine::any, "lets signals through again"},
    {"setresgid", kCrun, kNew, Machine::any, "becomes the container's user"},
    {"setresuid", kCrun, kNew, Machine::any, "becomes the container's user"},
    // With select(3), when it was not told to create and start in one.
    {"pselect6", kCrun, kNew, Machine::any, "waits for `start`"},
    {"capget", kRunc, kNew, Machine::any, "asks which capabilities it has"},
    {"chdir", kRunc, kNew, Machine::any, "goes to the working directory"},
    {"getcwd", kRunc, kNew, Machine::any, "makes sure that it is inside the container"},
    {"getppid", kRunc, kNew, Machine::any, "makes sure that its parent is still there"},
    {"newfstatat", kRunc, kNew, Machine::any, "looks for the program"},
    {"setgid", kRunc, kNew, Machine::any, "becomes the container's user"},
    {"setgroups", kRunc, kNew, Machine::any, "becomes the container's user"},
    {"setuid", kRunc, kNew, Machine::any, "becomes the container's user"},
    // runc starts without these, but then standard output stays root's, which the program may open
    // again by /dev/stdout; without faccessat2 Go decides by the effective user and knows of no
    // further groups, or, told that there is no such call, insists on faccessat; and the limit of open
    // files stays as Go has raised it for itself.
    {"faccessat2", kRunc, kNew, Machine::any, "makes sure that the program can be executed"},
    {"fchown", kRunc, kNew, Machine::any, "gives standard output to the container's user",
     {}, trace::kNamedStreams},
    {"prlimit64", kRunc, kAny, Machine::any, "puts the limit of open files back"},
    // runc is written in Go, whose scheduler starts threads, waits and preempts when it likes: seen
    // in some trials only, or known from the Go runtime, which ends the process if they fail. It lets
    // the C library make the threads, which is why mprotect is here: for their stacks.
    {"clone", kRunc, kAny, Machine::any, "Go starts threads"},
    {"epoll_pwait", kRunc, kAny, Machine::any, "Go looks for descriptors that are ready"},
    {"futex", kRunc, kAny, Machine::any, "Go's threads wait for each other"},
    {"mmap", kRunc, kAny, Machine::any, "Go gets memory, and stacks for threads"},
    {"mprotect", kRunc, kAny, Machine::any, "guards the stacks of Go's threads"},
    {"rt_sigprocmask", kRunc, kAny, Machine::any, "Go starts threads"},
    {"rt_sigreturn", kRunc, kAny, Machine::any, "Go's threads are preempted by signals"},
    {"sigaltstack", kRunc, kAny, Machine::any, "Go starts threads"},
    // It opens /proc safely, and decides before the filter which calls there are: with openat2, and
    // by following the links itself on Linux before 5.6.
    {"fstat", kRunc, kAny, Machine::any, "makes sure that /proc is no forgery",
     "1.2.8 and newer; older ones without noNewPrivileges"},
    {"openat2", kRunc, kAny, Machine::any, "opens /proc safely", "1.2.8 and newer"},
    {"statx", kRunc, kAny, Machine::any, "makes sure that /proc is no forgery", "1.2.8 and newer"},
    {"readlinkat", kRunc, kAny, Machine::unlike, "opens /proc safely before Linux 5.6",
     "1.2.8 and newer"},
};

constexpr uint32_t kStandardStreams[] = {0, 1, 2};
constexpr FloorArgument kFloorArguments[] = {{"fchown", 0, kStandardStreams}};

constexpr HiddenCall kHidden[] = {
    {"exit_group"},
    {"restart_syscall"},
    {"rseq"},
    {"rt_sigreturn"},
    {"set_robust_list"},
    // Whoever administers a container signals what runs in it (nginx -s reload by `docker exec`);
    // a filter adds nothing to the kernel's own rules about who may signal whom.
    {"kill"},
    // Tells of the system what /proc/meminfo and /proc/loadavg do, to programs that ask some time.
    {"sysinfo"},
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

std::span<const FloorArgument> floor_arguments() { return kFloorArguments; }

std::string floor_reason(const FloorCall& call) {
  const std::string who = call.runtimes == kCrun   ? "crun"
                          : call.runtimes == kRunc ? "runc"
                                                   : "runc and crun";
  const std::string versions =
      call.versions.empty() ? "" : " (" + std::string(call.versions) + ")";
  return who + versions + ": " + std::string(call.why);
}

std::span<const HiddenCall> hidden_calls() { return kHidden; }
std::span<const Fallback> fallbacks() { return kFallbacks; }
std::span<const std::string_view> probed_calls() { return kProbed; }

}  // namespace slim::policy
