// SPDX-License-Identifier: Apache-2.0
#include "policy/conditions.hpp"

#include <algorithm>
#include <bit>

namespace slim::policy {
namespace {

constexpr int kMostMaskBits = 4;
constexpr size_t kMostRules = 32;

// Comparisons, any of which holds exactly when `arg` does not.
std::vector<SeccompArg> negated(const SeccompArg& arg) {
  struct Opposite {
    std::string_view op, opposite;
  };
  static constexpr Opposite kOpposites[] = {
      {"SCMP_CMP_EQ", "SCMP_CMP_NE"}, {"SCMP_CMP_NE", "SCMP_CMP_EQ"},
      {"SCMP_CMP_LT", "SCMP_CMP_GE"}, {"SCMP_CMP_GE", "SCMP_CMP_LT"},
      {"SCMP_CMP_LE", "SCMP_CMP_GT"}, {"SCMP_CMP_GT", "SCMP_CMP_LE"}};
  for (const Opposite& pair : kOpposites) {
    if (pair.op == arg.op) return {{arg.index, arg.value, 0, std::string(pair.opposite)}};
  }
  // MASKED_EQ: every other value that the masked bits can have.
  std::vector<SeccompArg> result;
  if (arg.op != "SCMP_CMP_MASKED_EQ" || std::popcount(arg.value) > kMostMaskBits) return result;
  for (uint64_t bits = arg.value;; bits = (bits - 1) & arg.value) {  // all subsets of the mask
    if (bits != arg.value_two) result.push_back({arg.index, arg.value, bits, arg.op});
    if (bits == 0) break;
  }
  return result;
}

bool holds(const SeccompArg& condition, uint64_t value) {
  const std::string_view op = condition.op;
  if (op == "SCMP_CMP_EQ") return value == condition.value;
  if (op == "SCMP_CMP_NE") return value != condition.value;
  if (op == "SCMP_CMP_LT") return value < condition.value;
  if (op == "SCMP_CMP_LE") return value <= condition.value;
  if (op == "SCMP_CMP_GT") return value > condition.value;
  if (op == "SCMP_CMP_GE") return value >= condition.value;
  return (value & condition.value) == condition.value_two;  // MASKED_EQ
}

}  // namespace

bool permitted(const std::vector<Answer>& answers, unsigned first,
               const std::vector<uint32_t>& values) {
  bool allowed = false;
  for (const Answer& answer : answers) {
    const bool matches =
        std::all_of(answer.args.begin(), answer.args.end(), [&](const SeccompArg& condition) {
          return condition.index >= first && condition.index - first < values.size() &&
                 holds(condition, values[condition.index - first]);
        });
    if (!matches) continue;
    if (!permits(answer.action)) return false;
    allowed = true;
  }
  return allowed;
}

std::vector<std::vector<SeccompArg>> none_of(const std::vector<Answer>& answers) {
  std::vector<std::vector<SeccompArg>> alternatives = {{}};
  for (const Answer& answer : answers) {
    std::vector<std::vector<SeccompArg>> next;
    for (const SeccompArg& arg : answer.args) {
      for (const SeccompArg& other : negated(arg)) {
        for (const auto& alternative : alternatives) {
          next.push_back(alternative);
          next.back().push_back(other);
        }
      }
    }
    if (next.size() > kMostRules) return {};
    alternatives = std::move(next);
  }
  // One rule with two conditions on one argument means "or" to some runtimes.
  for (const auto& alternative : alternatives) {
    for (size_t i = 0; i < alternative.size(); ++i) {
      for (size_t j = i + 1; j < alternative.size(); ++j) {
        if (alternative[i].index == alternative[j].index) return {};
      }
    }
  }
  return alternatives;
}

}  // namespace slim::policy
