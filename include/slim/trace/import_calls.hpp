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

// In Trace::reachable: a program that the run did not start, but may, imports a function for it.
std::string never_run_fact(std::string_view call);
// The same of a program that was run, and is neither shell nor interpreter.
std::string run_fact(std::string_view call);
// The same of native code that a script loads with a package, for what that waits and wakes with.
std::string native_fact(std::string_view call);
// The call of such a fact; empty for any other.
std::string never_run_call(std::string_view fact);
std::string run_call(std::string_view fact);
std::string native_call(std::string_view fact);

}  // namespace slim::trace
