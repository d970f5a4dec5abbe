// SPDX-License-Identifier: Apache-2.0
// What Erlang's and Elixir's sources call, and what an application needs (app(4)).
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace slim::keepset {

// The modules in `module:function(` and `:module.function(`.
std::set<std::string> erlang_modules_of(std::string_view source);

// The names in {applications, [...]} and {included_applications, [...]} of an .app file.
std::set<std::string> erlang_needs_of(std::string_view app);

}  // namespace slim::keepset
