// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "slim/base/error.hpp"

namespace slim::container {

// "SIGTERM", "term", "15", "SIGRTMIN+3": the number of the signal. `usage` if there is none.
Result<int> parse_signal(const std::string& text);

}  // namespace slim::container
