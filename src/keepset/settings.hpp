// SPDX-License-Identifier: Apache-2.0
// Which files are somebody's settings, as opposed to data, lists and programs.
#pragma once

#include "keepset/marker.hpp"

namespace slim::keepset {

// By its name and place: a small file below /etc, or one that ends like a configuration file.
bool is_settings(const IndexEntry& entry);

// Whether a line, without blanks before it, is a comment.
bool is_comment(std::string_view line);

// Shared libraries by their names. Modules are the business of who loads them.
bool is_library(const IndexEntry& entry);

// A directory that settings name: with what is in it, or as a place if that is a lot.
void keep_directory(Marker& marker, const IndexEntry& directory, bool with_libraries,
                    const Reason& reason);

}  // namespace slim::keepset
