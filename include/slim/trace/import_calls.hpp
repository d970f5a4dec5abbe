// SPDX-License-Identifier: Apache-2.0
// Which calls a program makes by the functions of C libraries that it imports: all that is known of
// one that was never run, and of one that was run what other arguments may make it do.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace slim::trace {

// None gives a power that is not the file system's or the network's to refuse: programs that change
// who they are, or the system, have to be run for that to be allowed.
std::set<std::string> calls_of_imports(const std::set<std::string>& imports);

// Of these, those that a library makes for one use of it and not for another.
std::set<std::string> library_calls_of_imports(const std::set<std::string>& imports);

// Code that was built for an older C library has functions of that, which still make the calls of then
// where the present one has others.
std::set<std::string> calls_of_older_imports(const std::set<std::string>& imports);

// Who imports a function for a call: a program that the run did not start, but may;
inline constexpr std::string_view kNeverRun = "(never run) ";
// one that was run, and is neither shell nor interpreter;
inline constexpr std::string_view kRun = "(run) ";
// a server, for visitors other than the run's: by all its code, if the image was made for it;
inline constexpr std::string_view kServes = "(serves) ";
// native code that a script loads with a package, for what that waits and wakes with;
inline constexpr std::string_view kNative = "(native) ";
// any code that was built for an older C library, for the calls that its functions make.
inline constexpr std::string_view kOlder = "(older) ";

// That in Trace::reachable; and the call of such a fact, empty for one about others.
std::string import_fact(std::string_view who, std::string_view call);
std::string imported_call(std::string_view who, std::string_view fact);

}  // namespace slim::trace
