// SPDX-License-Identifier: Apache-2.0
// A command's end.
#pragma once

#include <string>

#include "slim/base/error.hpp"

namespace slim::cli {

struct Outcome {
  std::string text;  // what goes to stdout
  int status = 0;    // the exit status
};

// Writes to stdout at once, for results that come one by one. Errors: `closed_pipe`, `no_space`, `io`.
Result<void> print_now(const std::string& text);

}  // namespace slim::cli
