// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <array>

#include "unit/policy/filter.hpp"

using namespace slim::policy;
using slim::policy::test::Filter;
namespace trace = slim::trace;

namespace {

using Values = std::vector<uint32_t>;

trace::Trace trace_of(const char* call, std::optional<std::set<Values>> values) {
  trace::Trace result;
  result.architecture = "x86_64";
  auto& use = result.syscalls[{"x86_64", call}];
  use.phases = trace::kServing;
  use.arguments = std::move(values);
  return result;
}

SeccompProfile docker() { return docker_default_for("x86_64", docker_default_capabilities()); }

SeccompProfile with_admin() {
  auto capabilities = docker_default_capabilities();
  capabilities.push_back("CAP_SYS_ADMIN");
  return docker_default_for("x86_64", capabilities);
}

}  // namespace

TEST_CASE("a socket is allowed as it was seen, flags aside, and not otherwise", "[arguments]") {
  const auto seen = trace_of("socket", {{{AF_INET, SOCK_STREAM, IPPROTO_TCP}}});
  const Filter filter(seccomp_from_trace(seen, docker()));
  CHECK(filter.allows("socket", {AF_INET, SOCK_STREAM, IPPROTO_TCP}));
  CHECK(filter.allows("socket", {AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0}));
  // What name resolution, another host's IP version and syslog(3) need.
  CHECK(filter.allows("socket", {AF_INET6, SOCK_DGRAM, 0}));
  CHECK(filter.allows("socket", {AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0}));
  CHECK(filter.allows("socket", {AF_NETLINK, SOCK_RAW, 0}));
  CHECK(filter.error("socket", {AF_INET, SOCK_RAW, IPPROTO_ICMP}) == 1);
  CHECK(filter.error("socket", {AF_INET, SOCK_STREAM, 262 /* MPTCP */}) == 1);
  CHECK(filter.error("socket", {AF_NETLINK, SOCK_RAW, 12 /* NETFILTER */}) == 1);
  for (const uint64_t family : {AF_ALG, AF_PACKET, AF_BLUETOOTH, AF_CAN, AF_VSOCK})
    CHECK(filter.error("socket", {family, SOCK_DGRAM, 0}) == 1);
}

TEST_CASE("without a network socket there is none to be had", "[arguments]") {
  const Filter filter(
      seccomp_from_trace(trace_of("socket", {{{AF_UNIX, SOCK_SEQPACKET, 0}}}), docker()));
  CHECK(filter.allows("socket", {AF_UNIX, SOCK_SEQPACKET, 0}));
  CHECK(filter.error("socket", {AF_INET, SOCK_STREAM, 0}) == 1);
  CHECK(filter.error("socket", {AF_NETLINK, SOCK_RAW, 0}) == 1);
}

TEST_CASE("what is linked to libaudit may tell the kernel of logins", "[arguments]") {
  auto seen = trace_of("socket", {{{AF_UNIX, SOCK_STREAM, 0}}});
  seen.files["/usr/lib/libaudit.so.1.0.0"] = {trace::kRead, true};
  const std::array<uint64_t, 6> audit{AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT};
  CHECK(Filter(seccomp_from_trace(seen, docker())).error("socket", audit) == 1);
  seen.files["/usr/lib/libaudit.so.1.0.0"] = {trace::kRead | trace::kMapped, true};
  const Filter filter(seccomp_from_trace(seen, docker()));
  CHECK(filter.allows("socket", audit));
  CHECK(filter.error("socket", {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE}) == 1);
}

TEST_CASE("the upper half of an argument does not matter, as in the kernel", "[arguments]") {
  const Filter filter(seccomp_from_trace(trace_of("ioctl", {{{0x80045430}}}), docker()));
  CHECK(filter.allows("ioctl", {3, 0x80045430}));
  CHECK(filter.allows("ioctl", {3, 0xffffffff80045430}));
  CHECK(filter.allows("ioctl", {1, TCGETS}));
  CHECK(filter.allows("ioctl", {3, TIOCGPTN}));  // openpty()
  CHECK(filter.allows("ioctl", {3, SIOCGIFMTU}));
  CHECK(filter.error("ioctl", {3, SIOCSIFMTU}) == 1);
  CHECK(filter.error("ioctl", {0, TIOCSTI}) == 1);
}

TEST_CASE("unknown values leave a call as it was", "[arguments]") {
  CHECK(Filter(seccomp_from_trace(trace_of("ioctl", std::nullopt), docker()))
            .allows("ioctl", {0, TIOCSTI}));
  auto assumed = trace_of("fcntl", {{{F_GETFL}}});
  assumed.syscalls[{"x86_64", "fcntl"}].assumed = true;
  CHECK(Filter(seccomp_from_trace(assumed, docker())).allows("fcntl", {0, 4711}));
  SeccompChoices off;
  off.arguments = false;
  CHECK(Filter(seccomp_from_trace(trace_of("ioctl", {{{TCGETS}}}), docker(), off))
            .allows("ioctl", {0, TIOCSTI}));
}

TEST_CASE("a value of one architecture is a value of all; unknown on one is unknown", "[arguments]") {
  auto both = trace_of("ioctl", {{{4711}}});
  both.syscalls[{"x86", "ioctl"}] = {trace::kServing, false, {{{4712}}}};
  const Filter filter(seccomp_from_trace(both, docker()));
  CHECK(filter.allows("ioctl", {0, 4712}));
  CHECK(filter.error("ioctl", {0, 4713}) == 1);
  both.syscalls[{"x86", "ioctl"}].arguments.reset();
  CHECK(Filter(seccomp_from_trace(both, docker())).allows("ioctl", {0, 4713}));
}

TEST_CASE("what runtimes and C libraries ask of prctl and fcntl is allowed unseen", "[arguments]") {
  const Filter filter(seccomp_from_trace(trace_of("read", std::nullopt), docker()));
  for (const int option : {PR_SET_KEEPCAPS, PR_CAPBSET_DROP, PR_CAP_AMBIENT, PR_SET_NAME,
                           PR_SET_NO_NEW_PRIVS})
    CHECK(filter.allows("prctl", {static_cast<uint64_t>(option)}));
  CHECK(filter.error("prctl", {PR_SET_PTRACER}) == 1);
  CHECK(filter.allows("fcntl", {3, F_SETFD}));
  CHECK(filter.error("fcntl", {3, F_NOTIFY}) == 1);
}

TEST_CASE("clone makes threads and processes, and only the namespaces that were seen",
          "[arguments]") {
  const uint64_t thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
  const Filter plain(seccomp_from_trace(trace_of("clone", {{{SIGCHLD}}}), with_admin()));
  CHECK(plain.allows("clone", {SIGCHLD}));
  CHECK(plain.allows("clone", {thread}));
  CHECK(plain.error("clone", {CLONE_NEWUSER | SIGCHLD}) == 1);
  const Filter nesting(
      seccomp_from_trace(trace_of("clone", {{{CLONE_NEWPID | SIGCHLD}}}), with_admin()));
  CHECK(nesting.allows("clone", {CLONE_NEWPID | SIGCHLD}));
  CHECK(nesting.error("clone", {CLONE_NEWPID | CLONE_NEWUSER | SIGCHLD}) == 1);
  // The base is never exceeded: Docker's default forbids namespaces without CAP_SYS_ADMIN.
  const Filter confined(
      seccomp_from_trace(trace_of("clone", {{{CLONE_NEWPID | SIGCHLD}}}), docker()));
  CHECK(confined.error("clone", {CLONE_NEWPID | SIGCHLD}) == 1);
  CHECK(confined.allows("clone", {thread}));
}

TEST_CASE("personality stays within what the base grants", "[arguments]") {
  const Filter filter(
      seccomp_from_trace(trace_of("personality", {{{0x0040000}, {0x20008}}}), docker()));
  CHECK(filter.allows("personality", {0x20008}));
  CHECK(filter.allows("personality", {0xffffffff}));
  CHECK(filter.error("personality", {0x0040000 /* ADDR_NO_RANDOMIZE */}) == 1);
}

TEST_CASE("what only the runtime does is allowed as the runtime does it", "[arguments]") {
  const Filter filter(seccomp_from_trace(trace_of("socket", {}), docker()));
  CHECK(filter.allows("fchown", {1, 1000, 0}));
  CHECK(filter.allows("fchown", {0xffffffff00000002, 1000, 0}));  // the kernel looks at 32 bits
  CHECK(filter.error("fchown", {3, 1000, 0}) == 1);
  const Filter own(seccomp_from_trace(trace_of("fchown", {}), docker()));
  CHECK(own.allows("fchown", {3, 1000, 0}));
  SeccompChoices names_only;
  names_only.arguments = false;
  const Filter named(seccomp_from_trace(trace_of("socket", {}), docker(), names_only));
  CHECK(named.allows("fchown", {3, 1000, 0}));
}

TEST_CASE("a denied call is named with the values that are not allowed", "[arguments]") {
  const auto profile =
      seccomp_from_trace(trace_of("socket", {{{AF_UNIX, SOCK_STREAM, 0}}}), docker());
  auto later = trace_of("socket", {{{AF_UNIX, SOCK_STREAM, 0}, {AF_INET, SOCK_STREAM, 6}}});
  later.syscalls[{"x86_64", "ioctl"}] = {trace::kServing, false, {{{TIOCSTI}}}};
  CHECK(denied_calls(later, profile) == std::vector<std::string>{"ioctl", "socket(2, 1, 6)"});
}

TEST_CASE("the permissions on condition are counted", "[arguments]") {
  SeccompProfile profile;
  profile.rules = {{{"socket", "ioctl"}, "SCMP_ACT_ALLOW", {}, {{0, 1, 0, "SCMP_CMP_EQ"}}},
                   {{"read"}, "SCMP_ACT_ALLOW", {}, {}},
                   {{"clone3"}, "SCMP_ACT_ERRNO", 38u, {{0, 1, 0, "SCMP_CMP_EQ"}}}};
  CHECK(summarise(profile).argument_rules == 2);
}
