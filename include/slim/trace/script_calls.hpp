// SPDX-License-Identifier: Apache-2.0
// Calls that a script makes by functions which are named like nothing else, each for a purpose of its
// own: who names one may be asked for it in a branch that the run did not take.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace slim::trace {

// By the identifiers of a script, those after "." or "::" also with what is before ("os.nice").
std::set<std::string> calls_of_script(const std::set<std::string>& names);

// As the other facts of import_calls.hpp: who names a function for a call is a script of the image's own.
inline constexpr std::string_view kScripted = "(scripted) ";

// Those that the interpreter of a language makes for a script that does nothing. By how the names of its
// programs begin: "python".
std::set<std::string> calls_of_interpreter(std::string_view language);

}  // namespace slim::trace
