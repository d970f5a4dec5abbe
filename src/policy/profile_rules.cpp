// SPDX-License-Identifier: Apache-2.0
#include "policy/profile_rules.hpp"

#include <seccomp.h>

#include <algorithm>

namespace slim::policy {
namespace {

struct ArchName {
  std::string_view profile;
  std::string_view libseccomp;
  uint32_t token;
};

constexpr ArchName kArchNames[] = {
    {"SCMP_ARCH_X86_64", "x86_64", SCMP_ARCH_X86_64},
    {"SCMP_ARCH_X86", "x86", SCMP_ARCH_X86},
    {"SCMP_ARCH_X32", "x32", SCMP_ARCH_X32},
    {"SCMP_ARCH_AARCH64", "aarch64", SCMP_ARCH_AARCH64},
    {"SCMP_ARCH_ARM", "arm", SCMP_ARCH_ARM},
};

}  // namespace

bool permits(std::string_view action) {
  return action == "SCMP_ACT_ALLOW" || action == "SCMP_ACT_LOG" || action == "SCMP_ACT_TRACE" ||
         action == "SCMP_ACT_NOTIFY";
}

std::map<std::string, std::vector<Answer>> answers_by_call(const SeccompProfile& profile) {
  std::map<std::string, std::vector<Answer>> answers;
  for (const SeccompRule& rule : profile.rules) {
    for (const std::string& name : rule.names) {
      answers[name].push_back({rule.action, rule.errno_ret, rule.args});
    }
  }
  return answers;
}

std::vector<SeccompRule> rules_of(const std::map<std::string, std::vector<Answer>>& answers) {
  std::map<Answer, std::vector<std::string>> grouped;
  for (const auto& [name, list] : answers) {
    for (const Answer& answer : list) {
      std::vector<std::string>& names = grouped[answer];
      if (names.empty() || names.back() != name) names.push_back(name);
    }
  }
  std::vector<SeccompRule> rules;
  for (auto& [answer, names] : grouped) {
    rules.push_back({std::move(names), answer.action, answer.errno_ret, answer.args});
  }
  // Unconditional rules first: that is the order people read a profile in.
  std::stable_sort(rules.begin(), rules.end(), [](const SeccompRule& a, const SeccompRule& b) {
    return a.args.empty() && !b.args.empty();
  });
  return rules;
}

uint32_t arch_token(std::string_view profile_name) {
  for (const ArchName& arch : kArchNames) {
    if (arch.profile == profile_name) return arch.token;
  }
  return 0;
}

std::string profile_arch(std::string_view libseccomp_name) {
  for (const ArchName& arch : kArchNames) {
    if (arch.libseccomp == libseccomp_name) return std::string(arch.profile);
  }
  return {};
}

std::string native_arch() {
  const uint32_t native = seccomp_arch_native();
  for (const ArchName& arch : kArchNames) {
    if (arch.token == native) return std::string(arch.libseccomp);
  }
  return {};
}

}  // namespace slim::policy
