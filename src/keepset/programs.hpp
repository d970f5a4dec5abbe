// SPDX-License-Identifier: Apache-2.0
// Programs by the names that scripts give them.
#pragma once

#include <string>
#include <string_view>

#include "keepset/marker.hpp"

namespace slim::keepset {

// Where a name leads in the container's PATH (execvp(3)), a name with a slash where it says; empty
// if there is no executable file.
std::string program_path(const Marker& marker, std::string_view name);

}  // namespace slim::keepset
