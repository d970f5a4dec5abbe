// SPDX-License-Identifier: Apache-2.0
// Which files are somebody's settings, as opposed to data, lists and programs.
#pragma once

#include "keepset/marker.hpp"

namespace slim::keepset {

// By its name and place: a small file below /etc, or one that ends like a configuration file.
bool is_settings(const IndexEntry& entry);

// Whether a line, without blanks before it, is a comment.
bool is_comment(std::string_view line);

}  // namespace slim::keepset
