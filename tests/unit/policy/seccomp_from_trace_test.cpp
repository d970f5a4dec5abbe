// SPDX-License-Identifier: Apache-2.0
#include <sys/ioctl.h>

#include <catch2/catch.hpp>

#include <algorithm>

#include "slim/trace/call_evidence.hpp"
#include "unit/policy/filter.hpp"
#include "unit/policy/seccomp_support.hpp"

using namespace slim::policy;
using slim::policy::test::docker;
using slim::policy::test::Filter;
using slim::policy::test::trace_of;
namespace trace = slim::trace;

namespace {

SeccompProfile unconfined() {
  SeccompProfile profile;
  profile.default_action = "SCMP_ACT_ALLOW";
  profile.architectures = {"SCMP_ARCH_X86_64"};
  return profile;
}

}  // namespace

TEST_CASE("what was seen is allowed, what was not is refused", "[seccomp]") {
  const auto profile = seccomp_from_trace(trace_of({"open", "socket", "#777"}), docker());
  const Filter filter(profile);
  CHECK(filter.allows("open"));
  CHECK(filter.error("mkdir") == 1);
  CHECK(filter.error("ptrace") == 1);
  CHECK(profile.architectures == std::vector<std::string>{"SCMP_ARCH_X86_64"});
  CHECK(profile.default_errno_ret == 1u);
  for (const SeccompRule& rule : profile.rules) {
    CHECK(std::is_sorted(rule.names.begin(), rule.names.end()));
    CHECK(std::none_of(rule.names.begin(), rule.names.end(),
                       [](const std::string& name) { return name.starts_with('#'); }));
  }
}

TEST_CASE("the runtimes' floor and the hidden calls are there", "[seccomp]") {
  const Filter filter(seccomp_from_trace(trace_of({}), docker()));
  for (const char* call : {"execve",          "exit_group", "capset",
                           "write",           "close",      "fstatfs",         "getdents64",
                           "openat",          "newfstatat", "setresuid",       "setgroups",
                           "faccessat2",      "futex",      "rt_sigreturn",    "epoll_pwait",
                           "restart_syscall", "rseq",       "set_robust_list", "clock_gettime",
                           "getrandom",       "time"}) {
    INFO(call);
    CHECK(filter.allows(call));
  }
}

TEST_CASE("calls that cannot fail do not", "[seccomp]") {
  const Filter filter(seccomp_from_trace(trace_of({}), docker()));
  for (const char* call : {"getuid", "geteuid", "getgid", "getegid", "getpid"}) {
    INFO(call);
    CHECK(filter.allows(call));
  }
}

TEST_CASE("another way to do what was seen is allowed, another power is not", "[seccomp]") {
  const auto profile_of = [](std::initializer_list<const char*> calls) {
    return Filter(seccomp_from_trace(trace_of(calls), docker()));
  };
  for (const char* call : {"recvmsg", "sendfile", "poll", "dup", "accept4", "connect", "rmdir"}) {
    INFO(call);
    CHECK(profile_of({"openat"}).error(call) == 1);
  }
  const Filter server = profile_of({"accept4", "epoll_wait", "getdents64", "sendto"});
  for (const char* call : {"recvfrom", "recvmsg", "sendmsg", "shutdown", "writev", "poll"}) {
    INFO(call);
    CHECK(server.allows(call));
  }
  for (const char* call : {"connect", "socket", "bind", "pipe2", "dup", "sendfile"}) {
    INFO(call);
    CHECK(server.error(call) == 1);
  }
  CHECK(profile_of({"accept", "recvfrom", "writev"}).allows("sendfile"));
  CHECK(profile_of({"recvfrom", "writev"}).error("sendfile") == 1);
  CHECK(profile_of({"recvfrom", "writev"}).error("readv") == 1);
  CHECK(profile_of({"connect", "recvfrom", "writev"}).allows("readv"));
  CHECK(profile_of({"listen", "vfork"}).allows("poll"));
  CHECK(profile_of({"listen", "vfork", "select"}).error("poll") == 1);
  CHECK(profile_of({"listen"}).error("poll") == 1);
  CHECK(profile_of({"listen", "wait4", "futex"}).allows("clock_nanosleep"));
  CHECK(profile_of({"wait4", "futex"}).error("clock_nanosleep") == 1);
  CHECK(profile_of({"tgkill"}).allows("gettid"));
  CHECK(profile_of({"futex"}).error("gettid") == 1);
  CHECK(profile_of({"mkdir", "fsync"}).allows("rmdir"));
  CHECK(profile_of({"mkdir"}).error("rmdir") == 1);
  CHECK(profile_of({"fchown"}).allows("chown"));
  CHECK(profile_of({"setsid", "setresuid"}).allows("chown"));
  CHECK_FALSE(profile_of({"setsid"}).allows("chown"));
  CHECK_FALSE(profile_of({"setresuid"}).allows("chown"));
  CHECK(profile_of({"mkdir"}).error("unlink") == 1);
}

TEST_CASE("what keeps files may do so in all ways", "[seccomp]") {
  const auto profile_of = [](std::initializer_list<const char*> calls) {
    return Filter(seccomp_from_trace(trace_of(calls), docker()));
  };
  CHECK(profile_of({"listen", "rename"}).allows("pwrite64"));
  CHECK(profile_of({"listen", "rename"}).allows("fsync"));
  CHECK(profile_of({"rename"}).error("pwrite64") == 1);
  CHECK(profile_of({"listen", "unlink"}).error("pwrite64") == 1);
  CHECK(profile_of({"listen", "sendfile"}).allows("pwrite64"));
  CHECK(profile_of({"sendfile"}).error("pwrite64") == 1);
  CHECK(profile_of({"listen", "sendfile", "writev"}).allows("pwritev"));
  CHECK(profile_of({"listen", "sendfile"}).error("pwritev") == 1);
  CHECK(profile_of({"listen", "fsync"}).allows("fallocate"));
  CHECK(profile_of({"listen", "fsync", "renameat"}).allows("linkat"));
  CHECK(profile_of({"listen", "fsync"}).error("linkat") == 1);
  CHECK(profile_of({"listen", "mkdirat"}).error("linkat") == 1);
  CHECK(profile_of({"listen"}).allows("accept4"));
  CHECK(profile_of({"listen", "wait4"}).allows("dup2"));
  CHECK(profile_of({"wait4"}).error("dup2") == 1);
  trace::Trace trace = trace_of({"pread64"});
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("fdatasync") == 1);
  trace.files["/usr/lib/libsqlite3.so.0"] = {};
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("fdatasync"));
}

TEST_CASE("what a program in a scripting language does next is allowed", "[seccomp]") {
  trace::Trace trace = trace_of({"openat", "listen", "accept", "socket"});
  const auto allows = [&](const char* call) {
    return Filter(seccomp_from_trace(trace, docker())).allows(call);
  };
  trace.files["/usr/bin/python3.11"] = {trace::kLookedUp};
  CHECK_FALSE(allows("unlink"));
  trace.files["/usr/bin/python3.11"] = {trace::kExecuted};
  for (const char* call : {"unlink", "rename", "mkdir", "fchmod", "clock_nanosleep", "wait4"}) {
    INFO(call);
    CHECK(allows(call));
  }
  for (const char* call : {"chown", "connect", "linkat", "mknod", "ptrace"}) {
    INFO(call);
    CHECK_FALSE(allows(call));
  }
  trace.syscalls.erase({"x86_64", "listen"});  // a job, whose next run is like this one
  CHECK_FALSE(allows("unlink"));
}

TEST_CASE("who listens may accept in every way where no visitor came", "[seccomp]") {
  trace::Trace trace = trace_of({"listen", "accept"});
  const auto accepts4 = [&] { return Filter(seccomp_from_trace(trace, docker())).allows("accept4"); };
  CHECK(accepts4());  // the trace does not tell
  trace::SocketUse use;
  use.family = "inet6";
  use.address = "::";
  use.port = 80;
  trace.sockets.insert(use);
  CHECK(accepts4());
  use.action = trace::SocketAction::accept;
  use.family = "inet";
  use.address = "127.0.0.1";
  trace.sockets.insert(use);
  CHECK_FALSE(accepts4());
  trace::SocketUse local;
  local.family = "unix";
  local.address = "/run/control";
  trace.sockets.insert(local);
  CHECK(accepts4());
  const Filter in_vain(seccomp_from_trace(trace, docker()));
  for (const char* call : {"alarm", "wait4", "readv", "recvmsg", "getpeername"})
    CHECK(in_vain.allows(call));
  CHECK(in_vain.allows("ioctl", {0, FIONREAD}));
  CHECK(in_vain.error("ioctl", {0, TIOCSTI}) == 1);
  local.action = trace::SocketAction::accept;
  trace.sockets.insert(local);
  CHECK_FALSE(accepts4());
  const Filter visited(seccomp_from_trace(trace, docker()));
  for (const char* call : {"alarm", "wait4", "getpeername", "ioctl", "readv"})
    CHECK(visited.error(call) == 1);
}

TEST_CASE("commands that scripts name are allowed what they are for", "[seccomp]") {
  SeccompChoices choices;
  const Filter none(seccomp_from_trace(trace_of({"openat"}), docker(), choices));
  CHECK(none.error("fchownat") == 1);
  CHECK(none.error("fchmodat") == 1);
  choices.commands = {"chown", "sed"};
  const Filter chown(seccomp_from_trace(trace_of({"openat"}), docker(), choices));
  for (const char* call : {"fchownat", "chown", "lchown", "fchown"}) CHECK(chown.allows(call));
  CHECK(chown.error("fchmodat") == 1);
  CHECK(chown.error("unlinkat") == 1);
  choices.commands = {"rm", "touch"};
  const Filter rm(seccomp_from_trace(trace_of({"openat"}), docker(), choices));
  for (const char* call : {"unlinkat", "unlink", "utimensat"}) CHECK(rm.allows(call));
  CHECK_FALSE(rm.allows("renameat2"));
  choices.commands = {"chmod"};
  CHECK(Filter(seccomp_from_trace(trace_of({"openat"}), docker(), choices)).allows("fchmodat"));
}

TEST_CASE("who connects resolves names, unless it only asked the cache of names", "[seccomp]") {
  trace::Trace trace = trace_of({"connect"});
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("sendmmsg"));
  trace::SocketUse cache;
  cache.action = trace::SocketAction::connect;
  cache.family = "unix";
  cache.address = "/var/run/nscd/socket";
  trace.sockets.insert(cache);
  const Filter cached(seccomp_from_trace(trace, docker()));
  CHECK(cached.allows("connect"));
  CHECK(cached.error("sendmmsg") == 1);
  cache.address = "/run/database";
  trace.sockets.insert(cache);
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("sendmmsg"));
}

TEST_CASE("threads may end, and Java's class library is all there", "[seccomp]") {
  trace::Trace trace = trace_of({"clone"});
  auto& clone = trace.syscalls[{"x86_64", "clone"}];
  clone.arguments = {{0x11}};
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("exit"));  // the trace does not tell
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("wait4"));
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("vfork"));
  clone.arguments = {{0x3d0f00}};
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("wait4") == 1);
  clone.arguments = {{0x11}, {0x3d0f00}};
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("exit"));
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("dup") == 1);
  trace.files["/opt/java/lib/server/libjvm.so"] = {};
  for (const char* call : {"dup", "readv", "shutdown", "times"})
    CHECK(Filter(seccomp_from_trace(trace, docker())).allows(call));
}

TEST_CASE("threads that code may make are able to wait and to end", "[seccomp]") {
  trace::Trace trace = trace_of({"write"});
  SeccompChoices crun;  // which makes no threads itself
  crun.runtime = ProfileRuntime::crun;
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker(), crun)); };
  trace.reachable.emplace();
  for (const char* call : {"exit", "futex"}) CHECK(filter().error(call) == 1);
  trace.reachable->emplace(trace::kThreads);
  for (const char* call : {"exit", "futex"}) CHECK(filter().allows(call));
}

TEST_CASE("with no-new-privileges, and on machines like slim's own, less is needed", "[seccomp]") {
  SeccompChoices choices;
  choices.runtime = ProfileRuntime::runc;
  const Filter runc(seccomp_from_trace(trace_of({}), docker(), choices));
  choices.no_new_privileges = true;
  const Filter locked(seccomp_from_trace(trace_of({}), docker(), choices));
  const Filter any(seccomp_from_trace(trace_of({}), docker()));
  for (const char* call : {"readlinkat", "time", "getcpu"}) {
    INFO(call);
    CHECK(any.allows(call));
    CHECK(runc.error(call) == 1);
  }
  for (const char* call : {"capset", "setuid", "fchown", "getppid"}) {
    INFO(call);
    CHECK(runc.allows(call));
    CHECK(locked.error(call) == 1);
  }
  for (const char* call : {"execve", "openat", "futex", "clone", "mprotect", "rt_sigprocmask"}) {
    INFO(call);
    CHECK(locked.allows(call));
  }
}

TEST_CASE("a profile for one runtime has no calls of the other", "[seccomp]") {
  const auto profile_for = [](ProfileRuntime runtime) {
    SeccompChoices choices;
    choices.runtime = runtime;
    trace::Trace trace = trace_of({"read"});
    trace.reachable.emplace();
    return Filter(seccomp_from_trace(trace, docker(), choices));
  };
  const Filter runc = profile_for(ProfileRuntime::runc);
  CHECK(runc.allows("getcwd"));
  CHECK(runc.allows("capset"));
  CHECK(runc.error("setresuid") == 1);
  const Filter crun = profile_for(ProfileRuntime::crun);
  CHECK(crun.allows("setresuid"));
  CHECK(crun.allows("read"));
  CHECK(crun.error("getcwd") == 1);
  CHECK(crun.error("futex") == 1);
}

TEST_CASE("a profile from readiness on needs neither the start's calls nor the runtime's",
          "[seccomp]") {
  auto trace = trace_of({"socket"});
  trace.syscalls[{"x86_64", "accept4"}] = {trace::kStarting | trace::kServing, false};
  trace.syscalls[{"x86_64", "getpid"}] = {0, true};
  SeccompChoices later;
  later.phases = trace::kServing | trace::kStopping;
  const Filter filter(seccomp_from_trace(trace, docker(), later));
  CHECK(filter.allows("accept4"));
  CHECK(filter.allows("getpid"));  // assumed: nobody knows when
  CHECK(filter.allows("rt_sigreturn"));
  CHECK(filter.error("socket", {2, 1, 0}) == 1);
  CHECK(filter.error("setuid") == 1);
}

TEST_CASE("an empty program needs few calls", "[seccomp]") {
  const auto summary =
      summarise(seccomp_from_trace(trace_of({"brk", "arch_prctl", "mprotect"}), docker()));
  CHECK(summary.allowed <= 58);
}

TEST_CASE("newer calls that were not seen do not exist; their older twins are allowed",
          "[seccomp]") {
  const Filter filter(
      seccomp_from_trace(trace_of({"faccessat2", "fchmodat2", "epoll_pwait2"}), docker()));
  CHECK(filter.allows("faccessat"));
  CHECK(filter.allows("fchmodat"));
  CHECK(filter.allows("epoll_pwait"));
  CHECK(filter.error("clone3") == 38);
  CHECK(filter.error("futex_waitv") == 38);
  CHECK(filter.error("memfd_create") == 38);
  CHECK(filter.error("pidfd_open") == 38);
  // What Docker refuses was refused in the traced run, with EPERM, and still is.
  CHECK(filter.error("io_uring_setup") == 1);
}

TEST_CASE("the base's conditions are carried over", "[seccomp]") {
  const Filter filter(seccomp_from_trace(trace_of({"clone", "socket", "personality"}), docker()));
  CHECK(filter.allows("clone", {0x003d0f00}));
  CHECK(filter.error("clone", {0x10000000}) == 1);
  CHECK(filter.allows("socket", {2, 1, 0}));
  CHECK(filter.error("socket", {40, 1, 0}) == 1);
  CHECK(filter.allows("personality", {0xffffffff}));
  CHECK(filter.error("personality", {0x40000}) == 1);
}

TEST_CASE("what the base forbids is never allowed", "[seccomp]") {
  const auto calls = {"mount", "bpf", "io_uring_setup", "clone3", "setns", "keyctl"};
  const Filter confined(seccomp_from_trace(trace_of(calls), docker()));
  for (const char* call : calls) {
    INFO(call);
    CHECK_FALSE(confined.allows(call));
  }
  const Filter open(seccomp_from_trace(trace_of(calls), unconfined()));
  for (const char* call : calls) CHECK(open.allows(call));
  CHECK(open.error("unshare") == 1);
}

TEST_CASE("a base without a runtime's call does not get it", "[seccomp]") {
  SeccompProfile base = docker();
  for (SeccompRule& rule : base.rules) std::erase(rule.names, "statx");
  const Filter filter(seccomp_from_trace(trace_of({}), base));
  CHECK(filter.error("statx") == 1);
}

TEST_CASE("a refusal of the base with conditions stays", "[seccomp]") {
  SeccompProfile base = unconfined();
  base.rules.push_back({{"socket"}, "SCMP_ACT_ERRNO", 97, {{0, 16, 0, "SCMP_CMP_EQ"}}});
  base.rules.push_back({{"kexec_load"}, "SCMP_ACT_ERRNO", 95, {}});
  base.rules.push_back({{"ioctl"}, "SCMP_ACT_ERRNO", 22, {{1, 0x6, 0x2, "SCMP_CMP_MASKED_EQ"}}});
  const Filter filter(seccomp_from_trace(trace_of({"socket", "kexec_load", "ioctl"}), base));
  CHECK(filter.error("socket", {16, 3, 0}) == 97);
  CHECK(filter.allows("socket", {2, 1, 0}));
  CHECK(filter.error("kexec_load") == 95);
  CHECK(filter.error("ioctl", {0, 0x3}) == 22);
  for (const uint64_t value : {0x0ull, 0x5ull, 0x7ull, 0x100ull})
    CHECK(filter.allows("ioctl", {0, value}));
}

TEST_CASE("32-bit programs bring their architecture and the calls with old time", "[seccomp]") {
  trace::Trace trace = trace_of({"read"});
  trace.syscalls[{"x86", "socketcall"}] = {trace::kServing, false};
  trace.syscalls[{"x86", "clock_nanosleep_time64"}] = {trace::kServing, false};
  const auto profile = seccomp_from_trace(trace, docker());
  CHECK(profile.architectures == std::vector<std::string>{"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"});
  const Filter filter(profile);
  CHECK(filter.allows("socketcall", {}, "x86"));
  CHECK(filter.allows("clock_nanosleep", {}, "x86"));
  CHECK(filter.error("mount", {}, "x86") == 1);
}

TEST_CASE("assumed calls are allowed", "[seccomp]") {
  trace::Trace trace = trace_of({});
  trace.syscalls[{"x86_64", "pwritev"}] = {0, true};
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("pwritev"));
}

TEST_CASE("the same trace gives the same bytes", "[seccomp]") {
  const auto trace = trace_of({"write", "read", "clone", "socket", "statx"});
  CHECK(to_json(seccomp_from_trace(trace, docker())) ==
        to_json(seccomp_from_trace(trace, docker())));
  const auto back = parse_seccomp(to_json(seccomp_from_trace(trace, docker())), "x");
  REQUIRE(back);
  CHECK(summarise(*back).names == summarise(seccomp_from_trace(trace, docker())).names);
}

TEST_CASE("safeguards are calls that exist, and none that gives power") {
  for (const char* call : {"fsync", "munmap", "setuid", "umask", "unlinkat", "kill", "getrandom"})
    CHECK(slim::policy::is_safeguard(call));
  for (const char* call : {"mount", "socket", "execve", "openat", "ptrace", "clone"})
    CHECK_FALSE(slim::policy::is_safeguard(call));
}
