// SPDX-License-Identifier: Apache-2.0
// The packages that R's sources and descriptions of packages name (Writing R Extensions, 1.1).
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace slim::keepset {

// Of library(x), require("x"), loadNamespace("x") and their like, and of x::y.
std::set<std::string> r_packages_of(std::string_view source);

// Of the fields Depends and Imports of a DESCRIPTION, without versions and "R".
std::set<std::string> r_needs_of(std::string_view description);

}  // namespace slim::keepset
