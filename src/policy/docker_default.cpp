// SPDX-License-Identifier: Apache-2.0
#include "policy/docker_profile_data.hpp"
#include "policy/profile_rules.hpp"
#include "slim/base/text.hpp"
#include "slim/policy/seccomp.hpp"

namespace slim::policy {
namespace {

constexpr std::string_view kAllow = "SCMP_ACT_ALLOW";

void allow(std::map<std::string, std::vector<Answer>>& answers, std::string_view call,
           std::vector<SeccompArg> args = {}) {
  answers[std::string(call)].push_back({std::string(kAllow), std::nullopt, std::move(args)});
}

}  // namespace

const std::vector<std::string>& docker_default_capabilities() {
  static const std::vector<std::string> capabilities = {
      "CAP_AUDIT_WRITE", "CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
      "CAP_KILL",        "CAP_MKNOD",   "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",   "CAP_SETFCAP",
      "CAP_SETGID",      "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};
  return capabilities;
}

SeccompProfile docker_default(const std::vector<std::string>& capabilities) {
  return docker_default_for(native_arch(), capabilities);
}

SeccompProfile docker_default_for(const std::string& architecture,
                                  const std::vector<std::string>& capabilities) {
  const auto has = [&](std::string_view capability) {
    return is_one_of(capability, capabilities);
  };
  std::map<std::string, std::vector<Answer>> answers;
  for (const std::string_view call : docker_plain_calls()) allow(answers, call);
  for (const ArchCalls& group : docker_arch_calls()) {
    if (group.architecture != architecture) continue;
    for (const std::string_view call : group.calls) allow(answers, call);
  }
  for (const GatedCalls& group : docker_gated_calls()) {
    if (!has(group.capability)) continue;
    for (const std::string_view call : group.calls) {
      // CAP_BPF and CAP_SYS_ADMIN both open bpf(2), for one.
      if (!answers.contains(std::string(call))) allow(answers, call);
    }
  }
  allow(answers, "socket", {{0, kFamilyVsock, 0, "SCMP_CMP_NE"}});
  for (const uint64_t value : kPersonalities) {
    allow(answers, "personality", {{0, value, 0, "SCMP_CMP_EQ"}});
  }
  if (!has("CAP_SYS_ADMIN")) {
    allow(answers, "clone", {{0, kNamespaceFlags, 0, "SCMP_CMP_MASKED_EQ"}});
    // A filter cannot look into clone3's struct; ENOSYS makes C libraries fall back to clone.
    answers["clone3"].push_back({"SCMP_ACT_ERRNO", kErrnoNoSys, {}});
  }

  SeccompProfile profile;
  profile.default_errno_ret = kErrnoPerm;
  if (architecture == "aarch64") {
    profile.architectures = {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"};
  } else {
    profile.architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
  }
  profile.rules = rules_of(answers);
  return profile;
}

}  // namespace slim::policy
