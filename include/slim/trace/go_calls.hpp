// SPDX-License-Identifier: Apache-2.0
// Which calls a program in Go makes by the functions that are linked into it.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace slim::trace {

// The functions of Go's libraries that lead to calls, by the table that also a stripped program has of its
// functions; empty for other programs. `program` is the bytes of its file.
std::set<std::string> go_functions_of(std::string_view program);

// As calls_of_imports(). What every program has because any os.File has it counts where others of its
// functions say that it is used.
std::set<std::string> calls_of_go(const std::set<std::string>& functions);

}  // namespace slim::trace
