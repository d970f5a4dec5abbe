// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "slim/base/error.hpp"

namespace slim::container {

// Where in its own root a process has something else mounted than that root: the outermost paths
// only, sorted, from /proc/PID/mountinfo (proc(5)).
Result<std::vector<std::string>> mount_points_of(pid_t pid);
std::vector<std::string> parse_mount_points(std::string_view mountinfo);

}  // namespace slim::container
