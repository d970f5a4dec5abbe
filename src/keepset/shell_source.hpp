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

// Whether a first line ("#!/bin/sh -e", "#!/usr/bin/env bash") names a shell.
bool is_shell_line(std::string_view line);

}  // namespace slim::keepset
