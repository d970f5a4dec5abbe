// SPDX-License-Identifier: Apache-2.0
// Calls that a server which keeps data, or to which users log in, makes for whoever asks it to: what its
// own code imports of these, it has a use for.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace slim::trace {

struct OwnCall {
  std::string_view call;
  std::string_view functions;  // of C libraries, separated by blanks
};
// None gives a power that is not the file system's or the network's to refuse.
std::span<const OwnCall> own_calls();

// In Trace::reachable: a program that listens imports a function for it, and is no interpreter.
std::string own_fact(std::string_view call);

}  // namespace slim::trace
