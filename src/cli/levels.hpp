// SPDX-License-Identifier: Apache-2.0
// What each rule has added to the slim image, in files and bytes: the file levels.json.
#pragma once

#include <string>

#include "cli/product.hpp"

namespace slim::cli {

// {"closure", "observed": {files, bytes}, "kept": {files, bytes}, "rules": {NAME: {files, bytes}}}.
// A file counts for one rule: for the run (`observed`) if the run used it, else for the first of its
// reasons by name. `observed` is what --closure observed would keep. Hard links count once.
std::string levels_json(const Source& source, const keepset::KeepSet& keep,
                        keepset::Closure closure);

// The table of `slim explain` without a path. Error: `usage` when it is not such a document.
Result<std::string> levels_table(const std::string& json, const std::string& name);

}  // namespace slim::cli
