// SPDX-License-Identifier: Apache-2.0
// The commands of a makefile (POSIX.1-2024, XCU, "make"; GNU make's manual).
#pragma once

#include <string>
#include <string_view>

namespace slim::keepset {

bool is_makefile(std::string_view name);

// Its recipes and what $(shell ...) runs, for the shell, a line each. Variables that the makefile or
// make itself sets are filled in, as far as that is plain text. Tolerant: what cannot be understood is
// passed over.
std::string makefile_commands_of(std::string_view makefile);

}  // namespace slim::keepset
