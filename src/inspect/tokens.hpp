// SPDX-License-Identifier: Apache-2.0
// Where in a text tokens of known shapes are.
#pragma once

#include <string_view>
#include <vector>

namespace slim::inspect {

struct TokenMatch {
  const char* rule;
  const char* what;
  size_t begin, end;  // in bytes
  size_t public_length;  // how much from `begin` on says what it is and no more
};

// In ascending order; matches do not overlap.
std::vector<TokenMatch> match_tokens(std::string_view text);

}  // namespace slim::inspect
