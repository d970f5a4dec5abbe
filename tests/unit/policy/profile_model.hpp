// SPDX-License-Identifier: Apache-2.0
// What a profile says, read from its JSON by the words of the runtime specification
// (config-linux.md, "Seccomp") and with the kernel's own numbers of system calls: independent of slim's
// code and of libseccomp, so that the two can be held against it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slim::policy::test {

// Names by number, from a header of the kernel (asm/unistd_64.h); empty if it is not installed.
std::map<uint32_t, std::string> kernel_calls(const std::string& header);

class ProfileModel {
 public:
  using Arguments = std::array<uint64_t, 6>;

  // `known`: calls of which the runtime's libseccomp has heard; runtimes skip the others.
  ProfileModel(const std::string& json, const std::set<std::string>& known);

  bool has_architecture(const std::string& name) const;  // SCMP_ARCH_X86_64
  // SECCOMP_RET_*; nothing when the profile gives two answers.
  std::optional<uint32_t> answer(const std::string& call, const Arguments& arguments) const;
  // Every combination of arguments at which an answer may change: those of the rules, one argument
  // at a time replaced by its neighbours, by itself with further bits, and by every single bit.
  std::vector<Arguments> edges(const std::string& call) const;

 private:
  struct Condition {
    size_t index;
    std::string op;
    uint64_t value, two;
    bool holds(const Arguments& arguments) const;
    uint64_t turning_point() const;  // a value with which it holds, or just does not
  };
  struct Rule {
    uint32_t answer;
    std::vector<Condition> conditions;
  };
  static Rule read_rule(const nlohmann::json& rule);

  std::set<std::string> architectures_;
  uint32_t default_answer_;
  std::map<std::string, std::vector<Rule>> rules_;
};

}  // namespace slim::policy::test
