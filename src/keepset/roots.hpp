// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "keepset/marker.hpp"

namespace slim::keepset {

// Keeps what the run touched and what the image's config names.
void mark_roots(Marker& marker, const std::vector<std::string>& argv0_roots);

// Keeps what the options ask for. Errors: `usage` when a pattern, path or package matches nothing.
Result<void> mark_requested(Marker& marker);

}  // namespace slim::keepset
