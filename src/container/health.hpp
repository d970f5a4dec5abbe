// SPDX-License-Identifier: Apache-2.0
// The image's HEALTHCHECK.
#pragma once

#include <string>
#include <vector>

#include "slim/container/probe.hpp"

namespace slim::container {

// What it runs in the container; `usage` when the image has none.
Result<std::vector<std::string>> health_command(const image::ImageConfig& config);

// Once, with its own timeout or up to the deadline; its output is appended to a file.
Result<bool> run_health_check(Container& container, const image::ImageConfig& config,
                              const std::string& output_path, const Interrupt& interrupt,
                              Deadline deadline);

}  // namespace slim::container
