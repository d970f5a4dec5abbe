// SPDX-License-Identifier: Apache-2.0
// Which sources of PHP are used, by the run or by what includes them.
#pragma once

#include <string_view>

#include "keepset/marker.hpp"
#include "keepset/traits.hpp"

namespace slim::keepset {

// include_path of distributions and of PEAR.
inline constexpr std::string_view kPhpLibraries[] = {"usr/share/php", "usr/share/pear",
                                                     "usr/local/lib/php"};

struct PhpIncluded {
  EntrySet files;  // that a source which is used includes by name
};

Result<bool> is_php_source(Marker& marker, const IndexEntry& entry);
// Whether it ran, may be run as the application's own, or is included by one that is used.
bool php_is_used(Marker& marker, const IndexEntry& source);

}  // namespace slim::keepset
