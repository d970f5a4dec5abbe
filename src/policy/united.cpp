// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "policy/conditions.hpp"
#include "policy/profile_rules.hpp"
#include "slim/base/text.hpp"
#include "slim/policy/seccomp.hpp"

namespace slim::policy {
namespace {

// The permissions among the answers to a call, and for a profile that permits by default those that
// its refusals leave. An unconditional one makes all others needless.
std::vector<Answer> permissions(const std::vector<Answer>& answers, bool by_default) {
  std::vector<Answer> granted, refusals;
  for (const Answer& answer : answers) (permits(answer.action) ? granted : refusals).push_back(answer);
  const bool refused = std::any_of(refusals.begin(), refusals.end(),
                                   [](const Answer& answer) { return answer.args.empty(); });
  if (by_default && granted.empty() && !refused)
    for (auto& args : none_of(refusals))
      granted.push_back({"SCMP_ACT_ALLOW", std::nullopt, std::move(args)});
  for (const Answer& answer : granted)
    if (answer.args.empty()) return {answer};
  return granted;
}

}  // namespace

SeccompProfile united(const SeccompProfile& base, const SeccompProfile& more) {
  const bool open = permits(base.default_action);
  auto answers = answers_by_call(base);
  for (const auto& [name, added] : answers_by_call(more)) {
    auto wanted = permissions(added, permits(more.default_action));
    const auto known = answers.find(name);
    if (wanted.empty()) {
      // What a refused call answers is the base's business, if it says anything of it.
      if (known == answers.end() && !open) answers[name] = added;
      continue;
    }
    if (known == answers.end()) {
      if (!open) answers[name] = std::move(wanted);
      continue;
    }
    auto all = permissions(known->second, open);
    all.insert(all.end(), wanted.begin(), wanted.end());
    all = permissions(all, false);
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    known->second = std::move(all);
  }
  SeccompProfile result = base;
  for (const auto& architecture : more.architectures)
    if (!is_one_of(architecture, result.architectures))
      result.architectures.push_back(architecture);
  result.rules = rules_of(answers);
  return result;
}

}  // namespace slim::policy
