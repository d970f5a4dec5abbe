// SPDX-License-Identifier: Apache-2.0
// What a Scheme source may load by name (R7RS 5.2; Guile Reference Manual, "Using Guile Modules").
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace slim::keepset {

// The lists of at least two words and of nothing else, which names of modules are: "ice-9/format" for
// (ice-9 format). Tolerant: a list that is no such name maps to no file.
std::set<std::string> scheme_modules_of(std::string_view source);

}  // namespace slim::keepset
