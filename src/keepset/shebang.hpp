// SPDX-License-Identifier: Apache-2.0
// The first line of a script (execve(2), "Interpreter scripts"), and env(1) in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keepset/marker.hpp"

namespace slim::keepset {

struct Shebang {
  std::string interpreter;  // what the kernel runs, as written
  std::string program;      // what runs the script in the end: that, or the path or name given to
                            // env; empty if env is given none
  // The program's name without its directory.
  std::string_view name() const;
};

// nullopt if the content of a file does not begin with a "#!" line that names something.
std::optional<Shebang> shebang_of(std::string_view content);

// Whether a file is a script that was executed, and the program of its first line is named so, with
// a version or without: "ruby" and "ruby3.1".
Result<bool> is_script_of(Marker& marker, const IndexEntry& entry, std::string_view program);

}  // namespace slim::keepset
