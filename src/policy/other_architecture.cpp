// SPDX-License-Identifier: Apache-2.0
// A profile by name for another architecture: newer ones begin without the calls that others replaced
// long ago (include/uapi/asm-generic/unistd.h of Linux), for which C libraries make the replacement.
#include <seccomp.h>

#include <algorithm>

#include "policy/argument_rules.hpp"
#include "policy/profile_rules.hpp"
#include "slim/policy/seccomp.hpp"

namespace slim::policy {
namespace {

// What an architecture without `older` has its C library call instead. Arguments of these calls are
// never filtered, but for clone's.
struct Replacement {
  std::string_view older;
  std::string_view newer;
};
constexpr Replacement kReplacements[] = {
    {"access", "faccessat"},        {"alarm", "setitimer"},
    {"chmod", "fchmodat"},          {"chown", "fchownat"},
    {"creat", "openat"},            {"dup2", "dup3"},
    {"epoll_create", "epoll_create1"}, {"epoll_wait", "epoll_pwait"},
    {"eventfd", "eventfd2"},        {"fork", "clone"},
    {"futimesat", "utimensat"},     {"getdents", "getdents64"},
    {"getpgrp", "getpgid"},         {"inotify_init", "inotify_init1"},
    {"lchown", "fchownat"},         {"link", "linkat"},
    {"lstat", "newfstatat"},        {"mkdir", "mkdirat"},
    {"mknod", "mknodat"},           {"open", "openat"},
    {"pause", "ppoll"},             {"pipe", "pipe2"},
    {"poll", "ppoll"},              {"readlink", "readlinkat"},
    {"rename", "renameat"},         {"rename", "renameat2"},
    {"rmdir", "unlinkat"},          {"select", "pselect6"},
    {"signalfd", "signalfd4"},      {"stat", "newfstatat"},
    {"symlink", "symlinkat"},       {"time", "gettimeofday"},
    {"unlink", "unlinkat"},         {"utime", "utimensat"},
    {"utimes", "utimensat"},        {"vfork", "clone"}};

bool has_call(uint32_t token, const std::string& name) {
  return seccomp_syscall_resolve_name_arch(token, name.c_str()) >= 0;
}

// Permission for a replacement, at most what the older call could do: clone() makes no namespace.
Answer permission(std::string_view name) {
  Answer answer{"SCMP_ACT_ALLOW", std::nullopt, {}};
  if (name == "clone")
    answer.args = {{0, kNewNamespaces, 0, "SCMP_CMP_MASKED_EQ"}};
  return answer;
}

bool grants(const std::vector<Answer>& answers) {
  return std::any_of(answers.begin(), answers.end(),
                     [](const Answer& answer) { return permits(answer.action); });
}

}  // namespace

Result<Translated> for_architecture(const SeccompProfile& profile, const std::string& architecture) {
  const std::string target = profile_arch(architecture);
  const std::string source = profile.architectures.empty() ? profile_arch(native_arch())
                                                           : profile.architectures.front();
  if (target.empty())
    return fail(ErrorCode::usage, "no profile can be made for the architecture " + architecture +
                                      "; known are x86_64 and aarch64");
  Translated result{profile, {}, {}};
  if (target == source) return result;  // `from` stays empty
  const uint32_t from = arch_token(source), to = arch_token(target);
  const auto given = answers_by_call(profile);
  auto answers = given;
  const auto allow = [&](std::string_view name) {
    auto& list = answers[std::string(name)];
    if (grants(list)) return;  // on conditions, perhaps: then these hold for it, too
    list = {permission(name)};
  };
  for (const auto& [name, list] : given) {
    // Calls newer than the library are the same everywhere.
    const bool missing = has_call(from, name) && !has_call(to, name);
    if (missing) answers.erase(name);
    bool replaced = false;
    for (const auto& [older, newer] : kReplacements) {
      if (missing && name == older && grants(list)) {
        allow(newer);
        replaced = true;
      }
      // The other way round: where the older call is there, C libraries make it still.
      const bool only_there = !has_call(from, std::string(older)) && has_call(to, std::string(older));
      if (only_there && name == newer && grants(list)) allow(older);
    }
    if (missing && !replaced && grants(list)) result.dropped.push_back(name);
  }
  result.profile.architectures = {target};
  result.profile.rules = rules_of(answers);
  result.from = source;
  return result;
}

}  // namespace slim::policy
