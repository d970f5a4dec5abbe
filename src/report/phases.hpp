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
    const auto same = std::find_if(result.begin(), result.end(),
                                   [&](const auto& known) { return known.first == phase; });
    if (same == result.end())
      result.emplace_back(phase, seconds);
    else
      same->second += seconds;
  }
  return result;
}

}  // namespace slim::report
