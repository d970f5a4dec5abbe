// SPDX-License-Identifier: Apache-2.0
// Whether more probes would find more.
#pragma once

#include <string>
#include <vector>

#include "slim/verify/exercise.hpp"

namespace slim::cli {

// "12 new files, 1 new system call" or "nothing new".
std::string gain_text(const verify::StepGain& gain);

struct Saturation {
  enum class State {
    unknown,    // fewer than two probes: there is no curve
    saturated,  // the last two or more brought nothing
    open,       // the last one brought something
  };
  State state = State::unknown;
  std::string text;  // one line; empty if unknown
};
Saturation saturation(const std::vector<verify::StepGain>& gains);

}  // namespace slim::cli
