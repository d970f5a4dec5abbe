// SPDX-License-Identifier: Apache-2.0
#include <seccomp.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "policy/profile_rules.hpp"
#include "slim/policy/seccomp.hpp"

namespace slim::policy {
namespace {

// Past the highest number any of our architectures has; resolving is a table look-up.
constexpr int kNumberLimit = 1024;

std::set<std::string> calls_of_architecture(uint32_t token) {
  std::set<std::string> names;
  for (int number = 0; number < kNumberLimit; ++number) {
    if (char* name = seccomp_syscall_resolve_num_arch(token, number)) {
      names.insert(name);
      std::free(name);
    }
  }
  return names;
}

}  // namespace

SeccompProfile with_tracing(const SeccompProfile& profile,
                            const std::vector<std::string>& untraced) {
  const std::set<std::string> free_calls(untraced.begin(), untraced.end());
  SeccompProfile traced = profile;
  traced.rules.clear();
  std::map<std::string, std::vector<Answer>> answers = answers_by_call(profile);
  if (profile.default_action == "SCMP_ACT_ALLOW") {
    traced.default_action = "SCMP_ACT_TRACE";
    traced.default_errno_ret.reset();
    for (const std::string& name : free_calls) {
      if (!answers.contains(name)) answers[name].push_back({"SCMP_ACT_ALLOW", std::nullopt, {}});
    }
  }
  for (auto& [name, list] : answers) {
    if (free_calls.contains(name)) continue;
    for (Answer& answer : list) {
      if (answer.action == "SCMP_ACT_ALLOW") {
        answer.action = "SCMP_ACT_TRACE";
        answer.errno_ret.reset();
      }
    }
  }
  traced.rules = rules_of(answers);
  return traced;
}

SeccompSummary summarise(const SeccompProfile& profile) {
  uint32_t token = profile.architectures.empty() ? 0 : arch_token(profile.architectures.front());
  if (token == 0) token = seccomp_arch_native();
  const std::set<std::string> known = calls_of_architecture(token);
  const auto answers = answers_by_call(profile);
  SeccompSummary summary;
  summary.total = static_cast<unsigned>(known.size());
  for (const std::string& name : known) {
    bool allowed = permits(profile.default_action);
    if (const auto found = answers.find(name); found != answers.end()) {
      const auto& list = found->second;
      const bool some =
          std::any_of(list.begin(), list.end(), [](const Answer& a) { return permits(a.action); });
      // A denial on condition leaves the other arguments to the default.
      const bool outright = std::any_of(list.begin(), list.end(), [](const Answer& a) {
        return !permits(a.action) && a.args.empty();
      });
      allowed = some || (allowed && !outright);
      summary.argument_rules += static_cast<unsigned>(std::count_if(
          list.begin(), list.end(),
          [](const Answer& a) { return permits(a.action) && !a.args.empty(); }));
    }
    if (allowed) summary.names.push_back(name);
  }
  summary.allowed = static_cast<unsigned>(summary.names.size());
  return summary;
}

}  // namespace slim::policy
