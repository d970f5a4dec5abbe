// SPDX-License-Identifier: Apache-2.0
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>

#include <catch2/catch.hpp>

#include "unit/policy/filter.hpp"

using namespace slim::policy;
using slim::policy::test::Filter;

namespace {

SeccompProfile profile_of(const std::vector<std::string>& names, const char* arch) {
  SeccompProfile profile;
  profile.architectures = {arch};
  profile.rules.push_back({names, "SCMP_ACT_ALLOW", std::nullopt, {}});
  return profile;
}

Translated arm64_of(const SeccompProfile& profile) {
  const auto made = for_architecture(profile, "aarch64");
  REQUIRE(made);
  return *made;
}

}  // namespace

TEST_CASE("a call that arm64 lacks becomes what its C library calls", "[architecture]") {
  const auto made = arm64_of(profile_of({"open", "stat", "poll", "fork", "pipe", "dup2", "epoll_wait",
                                         "access", "unlink", "read", "write"},
                                        "SCMP_ARCH_X86_64"));
  CHECK(made.from == "SCMP_ARCH_X86_64");
  CHECK(made.dropped.empty());
  CHECK(made.profile.architectures == std::vector<std::string>{"SCMP_ARCH_AARCH64"});
  for (const auto& rule : made.profile.rules)
    CHECK(std::find(rule.names.begin(), rule.names.end(), "open") == rule.names.end());
  const Filter filter(made.profile);
  for (const char* call : {"openat", "newfstatat", "ppoll", "clone", "pipe2", "dup3", "epoll_pwait",
                           "faccessat", "unlinkat", "read", "write"})
    CHECK(filter.allows(call, {}, "aarch64"));
  for (const char* call : {"mount", "linkat", "symlinkat", "execve", "socket"})
    CHECK(filter.error(call, {}, "aarch64") == 1);
  // fork() could make no namespace.
  CHECK(filter.allows("clone", {CLONE_VM | CLONE_VFORK | SIGCHLD}, "aarch64"));
  CHECK(filter.error("clone", {CLONE_NEWUSER | SIGCHLD}, "aarch64") == 1);
  // Calls of another architecture are no way around it.
  CHECK_FALSE(filter.allows("read", {}, "x86_64"));
}

TEST_CASE("conditions on arguments and refusals are carried over", "[architecture]") {
  auto profile = profile_of({"read"}, "SCMP_ARCH_X86_64");
  profile.rules.push_back({{"socket"}, "SCMP_ACT_ALLOW", {}, {{0, AF_UNIX, 0, "SCMP_CMP_EQ"}}});
  profile.rules.push_back({{"clone3"}, "SCMP_ACT_ERRNO", 38, {}});
  const Filter filter(arm64_of(profile).profile);
  CHECK(filter.allows("socket", {AF_UNIX}, "aarch64"));
  CHECK(filter.error("socket", {AF_INET}, "aarch64") == 1);
  CHECK(filter.error("clone3", {}, "aarch64") == 38);
}

TEST_CASE("what has no counterpart is named", "[architecture]") {
  const auto made = arm64_of(profile_of({"arch_prctl", "iopl", "read"}, "SCMP_ARCH_X86_64"));
  CHECK(made.dropped == std::vector<std::string>{"arch_prctl", "iopl"});
}

TEST_CASE("from arm64 the older calls are allowed that x86-64 still makes", "[architecture]") {
  const auto made = for_architecture(profile_of({"openat", "ppoll", "read"}, "SCMP_ARCH_AARCH64"),
                                     "x86_64");
  REQUIRE(made);
  const Filter filter(made->profile);
  for (const char* call : {"openat", "open", "ppoll", "poll", "read"}) CHECK(filter.allows(call));
  for (const char* call : {"stat", "fork", "rename"}) CHECK(filter.error(call) == 1);
}

TEST_CASE("the same architecture changes nothing and another is an error", "[architecture]") {
  const auto profile = profile_of({"open", "read"}, "SCMP_ARCH_X86_64");
  const auto same = for_architecture(profile, "x86_64");
  REQUIRE(same);
  CHECK(same->from.empty());
  CHECK(to_json(same->profile) == to_json(profile));
  const auto unknown = for_architecture(profile, "m68k");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code() == slim::ErrorCode::usage);
}

TEST_CASE("Docker's default for x86-64 becomes nearly its default for arm64", "[architecture]") {
  const auto made = arm64_of(docker_default_for("x86_64", docker_default_capabilities()));
  const auto ours = summarise(made.profile).names;
  const auto docker = summarise(docker_default_for("aarch64", docker_default_capabilities())).names;
  std::vector<std::string> more;
  std::set_difference(ours.begin(), ours.end(), docker.begin(), docker.end(),
                      std::back_inserter(more));
  CHECK(more.empty());
}
