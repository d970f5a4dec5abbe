// SPDX-License-Identifier: Apache-2.0
#include "cli/saturation.hpp"

#include <algorithm>

namespace slim::cli {

namespace {

std::string counted(uint64_t count, const std::string& one) {
  return std::to_string(count) + " new " + one + (count == 1 ? "" : "s");
}

bool brought_nothing(const verify::StepGain& gain) {
  return gain.new_files == 0 && gain.new_syscalls == 0;
}

}  // namespace

std::string gain_text(const verify::StepGain& gain) {
  if (brought_nothing(gain)) return "nothing new";
  std::string text;
  if (gain.new_files > 0) text = counted(gain.new_files, "file");
  if (gain.new_syscalls > 0)
    text += (text.empty() ? "" : ", ") + counted(gain.new_syscalls, "system call");
  return text;
}

Saturation saturation(const std::vector<verify::StepGain>& gains) {
  if (gains.size() < 2) return {};
  const auto last_useful = std::find_if_not(gains.rbegin(), gains.rend(), brought_nothing);
  const auto idle = last_useful - gains.rbegin();
  if (idle == 0)
    return {Saturation::State::open, "the last probe still brought " + gain_text(gains.back()) +
                                         ": more probes are likely to find more"};
  if (idle == 1)
    return {Saturation::State::open,
            "the last probe brought nothing new, the one before it " + gain_text(gains.rbegin()[1])};
  return {Saturation::State::saturated,
          "the last " + std::to_string(idle) + " probes brought nothing new"};
}

}  // namespace slim::cli
