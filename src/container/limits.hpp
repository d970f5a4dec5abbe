// SPDX-License-Identifier: Apache-2.0
// Sizes and resource limits as docker-run(1) writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "slim/base/error.hpp"

namespace slim::container {

// "64m", "1.5g", "1048576", "10MiB": bytes, units of 1024. `usage` names the option.
Result<uint64_t> parse_size(std::string_view text, const std::string& option);

struct Limit {
  std::string type;  // RLIMIT_NOFILE, ...
  uint64_t soft = 0, hard = 0;
};

// TYPE=SOFT[:HARD], -1 for unlimited.
Result<Limit> parse_ulimit(const std::string& text);

// Limits that this process can really hand on: above its own hard limit only with
// CAP_SYS_RESOURCE. What had to be lowered is said in `notes`.
Result<std::vector<Limit>> usable_limits(const std::vector<std::string>& ulimits,
                                         std::vector<std::string>& notes);

}  // namespace slim::container
