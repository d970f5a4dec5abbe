// SPDX-License-Identifier: Apache-2.0
// The programs that a source in a scripting language starts.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slim::keepset {

struct StartedCommand {
  enum class Shell { none, if_found, always };
  std::set<std::string> programs;  // by name or path, as the shell would take them
  // Whether it is the shell that starts them: always, or if they are programs at all, as exec() and
  // execute() are also what patterns and statements of data bases have.
  Shell shell = Shell::none;
  friend bool operator==(const StartedCommand&, const StartedCommand&) = default;
};

// The commands that stand as literals where Python, JavaScript, Ruby, Perl, PHP, Lua, R, Erlang and
// Scheme have what to start: the first argument of system(), subprocess.run() and their like, alone
// or as the first of a list; and in backticks, where these start something. Tolerant: what is put
// together at run time is not seen.
std::vector<StartedCommand> started_commands_of(std::string_view source, bool backticks);

}  // namespace slim::keepset
