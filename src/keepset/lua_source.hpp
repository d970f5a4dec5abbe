// SPDX-License-Identifier: Apache-2.0
// What a Lua source loads by name, and where Lua looks for it (Lua 5.4 Reference Manual, 6.3).
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace slim::keepset {

// The names that require() is called with as literals. One that more is put behind at run time
// ends in "." or "/", as in require("jobs." .. name).
std::set<std::string> lua_requires_of(std::string_view source);

// The templates ("/usr/share/lua/5.4/?.lua") in the strings of a program, a source or a setting, of
// those that are paths.
std::set<std::string> lua_templates_of(std::string_view text);

}  // namespace slim::keepset
