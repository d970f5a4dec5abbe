// SPDX-License-Identifier: Apache-2.0
// Programs: by the names that scripts give them, and what is built into them.
#pragma once

#include <string>
#include <string_view>

#include "keepset/marker.hpp"
#include "keepset/traits.hpp"

namespace slim::keepset {

// Where a name leads in the container's PATH (execvp(3)), a name with a slash where it says; empty
// if there is no executable file.
std::string program_path(const Marker& marker, std::string_view name);

// Functions by which compiled code starts programs, with a shell and without.
inline constexpr std::string_view kShellStarters = "popen system";
inline constexpr std::string_view kStarters =
    "execl execle execlp execv execve execvp execvpe posix_spawn posix_spawnp";

// The bytes of a program or library (ELF); empty for any other file, and for shells and interpreters,
// which have built in what their scripts may need. As Marker::content, valid until the next is read.
Result<std::string_view> program_bytes(Marker& marker, const IndexEntry& file);

// Whether the image was made for a program: somebody's work that no package brought. Those of a
// distribution have functions for every occasion.
Result<bool> is_of_image(Marker& marker, const IndexEntry& program);

// The programs that listened in the run, apart from interpreters.
EntrySet servers_of(const Marker& marker);

// Whether anything listened in the run, interpreters included.
bool listens(const Marker& marker);

}  // namespace slim::keepset
