// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace slim::report {

using Timings = std::vector<std::pair<std::string, double>>;

// Phases that came more than once (a repaired image is built and verified again) as one, where they
// came first.
inline Timings summed(const Timings& timings) {
  Timings result;
  for (const auto& [phase, seconds] : timings) {
    // clang 14 captures no structured binding; a reference initialised with it will do.
    const auto same =
        std::find_if(result.begin(), result.end(),
                     [&name = phase](const auto& known) { return known.first == name; });
    if (same == result.end())
      result.emplace_back(phase, seconds);
    else
      same->second += seconds;
  }
  return result;
}

}  // namespace slim::report
