// SPDX-License-Identifier: Apache-2.0
// Calls that a program makes on other input than the traced one, and that are no power of their own.
#pragma once

#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "slim/trace/trace.hpp"

namespace slim::policy {

// What goes with the calls in `seen`, which the application was seen to make in `trace`: calls that
// cannot fail, whatever it did, and other ways to do what it did. The runtime's calls do not belong
// into `seen`.
std::set<std::string> kin_of(const std::set<std::string>& seen, const trace::Trace& trace);

// Whether the image's code can make a call, as far as is known.
bool is_reachable(const trace::Trace& trace, std::string_view call);

// What one of the programs in SeccompChoices::commands exists for.
struct CommandKin {
  std::string_view command;
  std::array<std::string_view, 6> calls;         // the end may be empty
  std::array<std::string_view, 3> capabilities;  // of root, for the files of other users
};
std::span<const CommandKin> command_kin();

// Whether users log in: someone who knows their passwords starts sessions as them. Only a session with
// a terminal shows that it is given to the user, too.
bool gives_sessions(const trace::Trace& trace);

// Whether an interpreter of a scripting language, or a library that is one, was run.
bool interprets(const trace::Trace& trace);

}  // namespace slim::policy
