// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>
#include <set>

#include "slim/base/file.hpp"
#include "unit/policy/filter.hpp"

using namespace slim::policy;
using slim::policy::test::Filter;

namespace {

// By the rules themselves: which names exist depends on libseccomp's version.
std::set<std::string> allowed_names(const SeccompProfile& profile) {
  std::set<std::string> names;
  for (const SeccompRule& rule : profile.rules) {
    if (rule.action == "SCMP_ACT_ALLOW") names.insert(rule.names.begin(), rule.names.end());
  }
  return names;
}

}  // namespace

TEST_CASE("Docker's default lets programs work and keeps the machine safe", "[docker]") {
  const Filter filter(docker_default_for("x86_64", docker_default_capabilities()));
  for (const char* call : {"read", "openat", "execve", "futex", "ptrace", "arch_prctl", "chroot",
                           "close_range", "faccessat2", "seccomp"}) {
    CHECK(filter.allows(call));
  }
  for (const char* call :
       {"mount", "unshare", "setns", "bpf", "kexec_load", "init_module", "reboot", "io_uring_setup",
        "keyctl", "add_key", "userfaultfd", "acct", "swapon", "settimeofday", "open_by_handle_at",
        "syslog", "mbind", "kcmp"}) {
    INFO(call);
    CHECK(filter.error(call) == 1);
  }
  // Both other x86 ABIs are covered.
  CHECK(filter.allows("read", {}, "x86"));
  CHECK(filter.error("mount", {}, "x86") == 1);
  CHECK(filter.allows("socketcall", {}, "x86"));
  CHECK(filter.allows("read", {}, "x32"));
}

TEST_CASE("Docker's default looks at arguments", "[docker]") {
  const Filter filter(docker_default_for("x86_64", docker_default_capabilities()));
  CHECK(filter.allows("clone", {0x01200011}));  // fork
  CHECK(filter.allows("clone", {0x003d0f00}));  // a thread
  for (const uint64_t flag : {0x00020000ull, 0x02000000ull, 0x04000000ull, 0x08000000ull,
                              0x10000000ull, 0x20000000ull, 0x40000000ull}) {
    CHECK(filter.error("clone", {flag | 17}) == 1);  // NEWNS ... NEWNET
  }
  CHECK(filter.error("clone3") == 38);
  for (const uint64_t persona : {0x0ull, 0x8ull, 0x20000ull, 0x20008ull, 0xffffffffull}) {
    CHECK(filter.allows("personality", {persona}));
  }
  CHECK(filter.error("personality", {0x40000}) == 1);  // ADDR_NO_RANDOMIZE
  CHECK(filter.allows("socket", {2, 1, 0}));
  CHECK(filter.allows("socket", {16, 3, 9}));
  CHECK(filter.error("socket", {40, 1, 0}) == 1);  // vsock
}

TEST_CASE("capabilities open what they are for", "[docker]") {
  const auto with = [](const char* capability) {
    return Filter(docker_default_for("x86_64", {capability}));
  };
  CHECK(with("CAP_SYS_ADMIN").allows("mount"));
  CHECK(with("CAP_SYS_ADMIN").allows("clone3"));
  CHECK(with("CAP_SYS_ADMIN").allows("clone", {0x10000000}));
  CHECK(with("CAP_SYS_TIME").allows("settimeofday"));
  CHECK(with("CAP_SYS_NICE").allows("mbind"));
  CHECK(with("CAP_SYSLOG").allows("syslog"));
  CHECK(with("CAP_BPF").allows("bpf"));
  CHECK(with("CAP_SYS_PTRACE").allows("kcmp"));
  CHECK(with("CAP_SYS_MODULE").allows("finit_module"));
  CHECK(with("CAP_DAC_READ_SEARCH").allows("open_by_handle_at"));
  CHECK(with("CAP_CHOWN").error("chroot") == 1);
}

TEST_CASE("the default differs from the engines' shared profile only where they do", "[docker]") {
  const char* path = "/usr/share/containers/seccomp.json";
  if (!std::filesystem::exists(path)) {
    WARN("skipped: golang-github-containers-common is not installed");
    return;
  }
  const auto text = slim::read_file(path);
  REQUIRE(text);
  const auto podman = parse_seccomp(*text, path);
  REQUIRE(podman);
  const auto ours = allowed_names(docker_default_for("x86_64", docker_default_capabilities()));
  const auto theirs = allowed_names(*podman);
  std::set<std::string> more, fewer;
  std::set_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                      std::inserter(more, more.end()));
  std::set_difference(theirs.begin(), theirs.end(), ours.begin(), ours.end(),
                      std::inserter(fewer, fewer.end()));
  CHECK(more == std::set<std::string>{"cachestat", "fchmodat2", "futex_requeue", "futex_wait",
                                      "futex_waitv", "futex_wake", "io_pgetevents",
                                      "io_pgetevents_time64", "map_shadow_stack", "vmsplice"});
  // What Podman gives to rootless containers, moby only with CAP_SYS_ADMIN and the like; and names
  // that no Linux of this architecture has.
  CHECK(fewer == std::set<std::string>{"clone3",        "fsconfig",      "fsmount",    "fsopen",
                                       "fspick",        "get_mempolicy", "keyctl",     "mbind",
                                       "mount",         "mount_setattr", "move_mount", "open_tree",
                                       "pidfd_getfd",   "pivot_root",    "readdir",    "reboot",
                                       "set_mempolicy", "setns",         "sigaction",  "signal",
                                       "sigpending",    "sigsuspend",    "syscall",    "syslog",
                                       "timerfd",       "umount",        "umount2",    "unshare"});
}

TEST_CASE("arm64 has its own calls", "[docker]") {
  const SeccompProfile profile = docker_default_for("aarch64", docker_default_capabilities());
  CHECK(profile.architectures == std::vector<std::string>{"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"});
  const Filter filter(profile);
  CHECK(filter.allows("openat", {}, "aarch64"));
  CHECK(filter.error("mount", {}, "aarch64") == 1);
  CHECK(filter.allows("open", {}, "arm"));
}

TEST_CASE("a profile survives JSON", "[json]") {
  for (const auto& capabilities :
       {docker_default_capabilities(), std::vector<std::string>{"CAP_SYS_ADMIN"}}) {
    const SeccompProfile profile = docker_default(capabilities);
    const auto back = parse_seccomp(to_json(profile), "profile.json");
    REQUIRE(back);
    CHECK(to_json(*back) == to_json(profile));
    CHECK(back->architectures == profile.architectures);
  }
}

TEST_CASE("Docker's own format is resolved", "[json]") {
  const auto profile = parse_seccomp(R"({
    "defaultAction": "SCMP_ACT_ERRNO",
    "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
                {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": null}],
    "syscalls": [
      {"name": "read", "action": "SCMP_ACT_ALLOW", "args": [], "comment": "old style"},
      {"names": ["write"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
      {"names": ["open"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_CHOWN"]}},
      {"names": ["close"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["s390x"]}},
      {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}}]})",
                                     "p.json");
  REQUIRE(profile);
  REQUIRE(profile->rules.size() == 2);
  CHECK(profile->rules[0].names == std::vector<std::string>{"read"});
  CHECK(profile->rules[1].names == std::vector<std::string>{"ptrace"});
}

TEST_CASE("what is not a profile is an error that says where", "[json]") {
  for (const char* text :
       {"", "[]", "{}", "{\"defaultAction\": 3}",
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"]}]}",
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"name\": \"a\", \"names\": "
        "[\"b\"], \"action\": \"SCMP_ACT_ALLOW\"}]}",
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"], "
        "\"action\": "
        "\"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 9, \"value\": 1, \"op\": "
        "\"SCMP_CMP_EQ\"}]}]}"}) {
    const auto profile = parse_seccomp(text, "p.json");
    REQUIRE_FALSE(profile);
    CHECK(profile.error().code() == slim::ErrorCode::usage);
    CHECK(profile.error().text().starts_with("p.json: not a seccomp profile"));
  }
}

TEST_CASE("tracing stops every permitted call but the untraced", "[tracing]") {
  const SeccompProfile traced =
      with_tracing(docker_default_for("x86_64", docker_default_capabilities()), {"read", "mount"});
  const Filter filter(traced);
  CHECK(filter.allows("read"));
  CHECK(filter.answer("openat") == SECCOMP_RET_TRACE);
  CHECK(filter.answer("clone", {17}) == SECCOMP_RET_TRACE);
  CHECK(filter.error("clone", {0x10000000}) == 1);
  CHECK(filter.error("mount") == 1);  // untraced does not mean permitted
  CHECK(filter.error("clone3") == 38);

  SeccompProfile unconfined;
  unconfined.default_action = "SCMP_ACT_ALLOW";
  unconfined.architectures = {"SCMP_ARCH_X86_64"};
  const Filter open(with_tracing(unconfined, {"read"}));
  CHECK(open.allows("read"));
  CHECK(open.answer("mount") == SECCOMP_RET_TRACE);
}

TEST_CASE("a summary counts calls of the architecture", "[summary]") {
  SeccompProfile profile;
  profile.architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"};
  profile.rules.push_back({{"chown32", "read", "write"}, "SCMP_ACT_ALLOW", {}, {}});
  profile.rules.push_back({{"personality"}, "SCMP_ACT_ALLOW", {}, {{0, 8, 0, "SCMP_CMP_EQ"}}});
  profile.rules.push_back({{"clone3"}, "SCMP_ACT_ERRNO", 38, {}});
  const auto summary = summarise(profile);
  CHECK(summary.names == std::vector<std::string>{"personality", "read", "write"});
  CHECK(summary.allowed == 3);
  CHECK(summary.total > 330);  // x86_64 had 347 with Linux 5.16, and some it lost
  CHECK(summary.total < 480);
}
