// SPDX-License-Identifier: Apache-2.0
// The paths of the original image: the file tree.json, by which `slim explain` knows what a path
// names there, and that there is none.
#pragma once

#include <string>

#include "slim/base/error.hpp"
#include "slim/rootfs/index.hpp"

namespace slim::cli {

// {"directories": [PATH], "links": {PATH: TARGET}, "others": [PATH]}, absolute, as escape_bytes has
// them; and back, to an index of paths, types and targets alone. Errors: `usage`.
std::string tree_json(const rootfs::Index& index);
Result<rootfs::Index> tree_from_json(const std::string& text, const std::string& name);

}  // namespace slim::cli
