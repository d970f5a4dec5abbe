// SPDX-License-Identifier: Apache-2.0
// What each rule has added to the slim image, in files and bytes: the file levels.json.
#pragma once

#include <string>

#include "cli/product.hpp"

namespace slim::cli {

// {"closure", "kept": {files, bytes}, "rules": {NAME: {files, bytes}},
//  "levels": {"observed"|"file"|"package": {files, bytes}}}.
// A file counts for one rule: for the run (`observed`) if the run used it, else for the first of its
// reasons by name. `levels` is what each --closure would keep. Hard links count once.
Result<std::string> levels_json(Context& context, const Source& source, const trace::Trace& trace,
                                const Amendments& amendments,
                                const keepset::KeepSet& keep);

// The table of `slim explain` without a path. Error: `usage` when it is not such a document.
Result<std::string> levels_table(const std::string& json, const std::string& name);

}  // namespace slim::cli
