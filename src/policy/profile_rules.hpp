// SPDX-License-Identifier: Apache-2.0
// Questions about the rules of a profile, shared by the functions that transform profiles.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "slim/policy/seccomp.hpp"

namespace slim::policy {

inline constexpr uint32_t kErrnoPerm = 1;
inline constexpr uint32_t kErrnoNoSys = 38;

// Whether a call answered with this action is carried out (ALLOW, LOG, TRACE, NOTIFY).
bool permits(std::string_view action);

// What happens to a call beyond its name.
struct Answer {
  std::string action;
  std::optional<uint32_t> errno_ret;
  std::vector<SeccompArg> args;
  friend auto operator<=>(const Answer&, const Answer&) = default;
};

// Every rule's answers by system call.
std::map<std::string, std::vector<Answer>> answers_by_call(const SeccompProfile& profile);

// Rules with one entry per distinct answer, names sorted and unique, in a fixed order.
std::vector<SeccompRule> rules_of(const std::map<std::string, std::vector<Answer>>& answers);

// libseccomp's token (SCMP_ARCH_X86_64 ...) for the profile's name of an architecture; 0 if
// unknown.
uint32_t arch_token(std::string_view profile_name);
// "x86_64" -> "SCMP_ARCH_X86_64"; empty if unknown.
std::string profile_arch(std::string_view libseccomp_name);
// libseccomp's name of this machine's architecture.
std::string native_arch();

}  // namespace slim::policy
