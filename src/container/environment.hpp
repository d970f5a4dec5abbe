// SPDX-License-Identifier: Apache-2.0
// The environment of a container's process.
#pragma once

#include <string>
#include <vector>

#include "slim/container/container.hpp"

namespace slim::container {

// PATH and HOSTNAME, then the options (env files before --env), then what the image sets and they
// do not; HOME last unless somebody set it. Error: `usage` (a bad option or env file).
Result<std::vector<std::string>> environment(const image::ImageConfig& config,
                                             const RunOptions& options,
                                             const std::string& hostname, const std::string& home);

}  // namespace slim::container
