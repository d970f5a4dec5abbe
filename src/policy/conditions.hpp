// SPDX-License-Identifier: Apache-2.0
// Conditions on arguments: judging them, and turning refusals on condition into permissions on
// condition, which is what a profile that refuses by default needs: filters have no "allow except".
#pragma once

#include <vector>

#include "policy/profile_rules.hpp"

namespace slim::policy {

// Conditions, any of which holds exactly when none of the answers' conditions does. One empty
// condition when there are no answers. Nothing when it cannot be said in a reasonable number of
// rules, so that the call is better refused.
std::vector<std::vector<SeccompArg>> none_of(const std::vector<Answer>& answers);

// Whether a call with these values, from argument `first` on, is permitted: by one of the answers, and
// refused by none. A condition on another argument does not hold.
bool permitted(const std::vector<Answer>& answers, unsigned first,
               const std::vector<uint32_t>& values);

}  // namespace slim::policy
