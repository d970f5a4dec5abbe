// SPDX-License-Identifier: Apache-2.0
// What a Tcl source loads by name, and what an index of packages has (package(n), pkgMkIndex(n)).
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace slim::keepset {

// The names in `package require ?-exact? NAME`.
std::set<std::string> tcl_requires_of(std::string_view source);

// The files in `source x.tcl` and `source [file join $dir x.tcl]`, by the literal last part.
std::set<std::string> tcl_sources_of(std::string_view source);

// The names in `package ifneeded NAME` of a pkgIndex.tcl.
std::set<std::string> tcl_packages_of(std::string_view index);

// The programs in `exec ?-option? NAME ... | NAME` and `open "|NAME"`, by name or path.
std::set<std::string> tcl_commands_of(std::string_view source);

}  // namespace slim::keepset
