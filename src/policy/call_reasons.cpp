// SPDX-License-Identifier: Apache-2.0
#include "slim/policy/call_reasons.hpp"

#include <algorithm>

#include "policy/profile_rules.hpp"
#include "policy/wanted_calls.hpp"

namespace slim::policy {
namespace {

std::string text_of(const CallReason& reason) {
  switch (reason.origin) {
    case CallOrigin::observed: return "observed: " + reason.detail;
    case CallOrigin::assumed: return "assumed: the tracer cannot see it";
    case CallOrigin::kin:
      return reason.detail.empty() ? "another way to do what was observed, or cannot fail"
                                   : "made by " + reason.detail + ", which a script names";
    case CallOrigin::fallback: return "instead of " + reason.detail + " on an older kernel";
    case CallOrigin::hidden: return "made by the C library or the kernel";
    case CallOrigin::imported: return "made by " + reason.detail;
    case CallOrigin::runtime: break;
  }
  return reason.detail;
}

}  // namespace

CallReasons call_reasons(const SeccompProfile& profile, const trace::Trace& trace,
                         const SeccompChoices& choices) {
  const CallReasons wanted = wanted_calls(trace, choices);
  CallReasons reasons;
  for (const std::string& name : summarise(profile).names) {
    const auto found = wanted.find(name);
    reasons[name] = found == wanted.end() ? std::vector<CallReason>{} : found->second;
  }
  return reasons;
}

std::vector<std::string> only_for_runtime(const CallReasons& reasons) {
  std::vector<std::string> names;
  for (const auto& [name, list] : reasons)
    if (is_only_runtimes(list)) names.push_back(name);
  return names;
}

std::string calls_table(const CallReasons& reasons, const SeccompProfile& profile) {
  constexpr size_t kName = 24, kArguments = 10;
  const auto padded = [](std::string text, size_t width) {
    text.resize(std::max(width, text.size() + 1), ' ');
    return text;
  };
  const auto answers = answers_by_call(profile);
  std::string table = padded("CALL", kName) + padded("ARGUMENTS", kArguments) + " WHY\n";
  for (const auto& [name, list] : reasons) {
    size_t rules = 0;
    if (const auto found = answers.find(name); found != answers.end())
      rules = static_cast<size_t>(
          std::count_if(found->second.begin(), found->second.end(), [](const Answer& answer) {
            return permits(answer.action) && !answer.args.empty();
          }));
    std::string why;
    for (const CallReason& reason : list) why += (why.empty() ? "" : "; ") + text_of(reason);
    table += padded(name, kName) +
             padded(rules == 0 ? "any" : std::to_string(rules) + (rules == 1 ? " rule" : " rules"),
                    kArguments) + " " +
             (why.empty() ? "--base or --arch" : why) + "\n";
  }
  const auto runtimes = only_for_runtime(reasons);
  return table + "\n" + std::to_string(reasons.size()) + " calls allowed, of which " +
         std::to_string(runtimes.size()) + " only for the runtime's start of the container\n";
}

}  // namespace slim::policy
