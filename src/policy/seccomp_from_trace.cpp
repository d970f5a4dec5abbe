// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "policy/argument_rules.hpp"
#include "policy/conditions.hpp"
#include "policy/profile_rules.hpp"
#include "policy/runtime_floor.hpp"
#include "policy/wanted_calls.hpp"
#include "slim/policy/seccomp.hpp"

namespace slim::policy {
namespace {

using Answers = std::map<std::string, std::vector<Answer>>;

// What `base` grants of a call: nothing, everything, or what its rules say.
std::vector<Answer> granted(const std::string& name, const Answers& base, bool base_permits) {
  std::vector<Answer> kept;
  bool restricted = false;
  bool granting = false;
  if (const auto rules = base.find(name); rules != base.end()) {
    for (const Answer& answer : rules->second) {
      if (permits(answer.action)) {
        kept.push_back({"SCMP_ACT_ALLOW", std::nullopt, answer.args});
        granting = true;
      } else {
        if (answer.args.empty()) restricted = true;
        kept.push_back(answer);
      }
    }
  }
  if (!granting && base_permits && !restricted) {
    // `kept` has only refusals on condition; what they do not match is granted.
    for (std::vector<SeccompArg>& args : none_of(kept)) {
      kept.push_back({"SCMP_ACT_ALLOW", std::nullopt, std::move(args)});
      granting = true;
    }
  }
  return granting ? kept : std::vector<Answer>{};
}

std::vector<std::string> architectures(const trace::Trace& trace) {
  const std::string main = trace.architecture.empty() ? native_arch() : trace.architecture;
  std::vector<std::string> result = {profile_arch(main)};
  std::set<std::string> others;
  for (const auto& [call, use] : trace.syscalls) {
    const std::string name = profile_arch(call.arch);
    if (!name.empty() && name != result.front()) others.insert(name);
  }
  result.insert(result.end(), others.begin(), others.end());
  return result;
}

}  // namespace

SeccompProfile seccomp_from_trace(const trace::Trace& trace, const SeccompProfile& base,
                                  const SeccompChoices& choices) {
  const Answers base_answers = answers_by_call(base);
  const bool base_permits = permits(base.default_action);
  Answers answers;
  for (const auto& [name, reasons] : wanted_calls(trace, choices)) {
    auto list = granted(name, base_answers, base_permits);
    if (list.empty()) continue;
    if (choices.arguments) {
      auto filtered = argument_answers(name, trace, list);
      if (!filtered && is_only_runtimes(reasons)) filtered = runtime_answers(name, list);
      if (filtered) list = std::move(*filtered);
    }
    answers[name] = std::move(list);
  }

  for (const std::string_view probed : probed_calls()) {
    const std::string name(probed);
    if (answers.contains(name)) continue;
    // What the base forbids was answered by the base in the traced run; the application took that
    // answer, so it stays. clone3 alone is always ENOSYS: EPERM would break every thread.
    const bool base_grants = !granted(name, base_answers, base_permits).empty();
    if (base_grants || name == "clone3") {
      answers[name] = {{"SCMP_ACT_ERRNO", kErrnoNoSys, {}}};
    }
  }
  // Explicit refusals of the base (an errno of their own) are kept for calls not granted here.
  for (const auto& [name, list] : base_answers) {
    if (answers.contains(name)) continue;
    for (const Answer& answer : list) {
      if (!permits(answer.action) && answer.errno_ret.value_or(kErrnoPerm) != kErrnoPerm) {
        answers[name].push_back(answer);
      }
    }
  }

  SeccompProfile profile;
  profile.default_action = "SCMP_ACT_ERRNO";
  profile.default_errno_ret = kErrnoPerm;
  profile.architectures = architectures(trace);
  profile.rules = rules_of(answers);
  return profile;
}

}  // namespace slim::policy
