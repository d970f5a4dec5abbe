// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "policy/conditions.hpp"
#include "policy/profile_rules.hpp"
#include "slim/policy/seccomp.hpp"
#include "slim/trace/argument_calls.hpp"

namespace slim::policy {
namespace {

std::string with_values(const std::string& name, const std::vector<uint32_t>& values) {
  std::string text = name + "(";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(values[i]);
  return text + ")";
}

bool has_conditions(const std::vector<Answer>& answers) {
  return std::any_of(answers.begin(), answers.end(),
                     [](const Answer& answer) { return !answer.args.empty(); });
}

}  // namespace

std::vector<std::string> denied_calls(const trace::Trace& trace, const SeccompProfile& profile) {
  const auto allowed = summarise(profile).names;
  const auto answers = answers_by_call(profile);
  std::vector<std::string> denied;
  for (const auto& [call, use] : trace.syscalls) {
    if (call.arch != trace.architecture || use.assumed) continue;
    if (!std::binary_search(allowed.begin(), allowed.end(), call.name)) {
      denied.push_back(call.name);
      continue;
    }
    const auto* known = trace::argument_call(call.name);
    const auto rules = answers.find(call.name);
    if (!known || !use.arguments || rules == answers.end() || !has_conditions(rules->second))
      continue;
    for (const auto& values : *use.arguments)
      if (!permitted(rules->second, known->first, values))
        denied.push_back(with_values(call.name, values));
  }
  return denied;
}

}  // namespace slim::policy
