// SPDX-License-Identifier: Apache-2.0
// The commands that a shell script names (POSIX.1-2017, XCU 2, "Shell Command Language").
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace slim::keepset {

// The literal words in command position: programs by name or by path. What shells have built in,
// the script's own functions, here-documents, and words with something to be filled in are left
// out. Tolerant: what cannot be understood is passed over.
std::set<std::string> shell_commands_of(std::string_view script);

// The command of a line of a crontab (crontab(5)), for the shell; empty if there is none.
// `names_user`: a system's, in which the user is named before it.
std::string_view crontab_command_of(std::string_view line, bool names_user);

// Whether a program's name ("sh", "bash") is a shell's.
bool is_shell(std::string_view name);

}  // namespace slim::keepset
