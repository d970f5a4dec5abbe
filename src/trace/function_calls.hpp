// SPDX-License-Identifier: Apache-2.0
// Tables of functions, in one language or another, and the system calls that they lead to. Lists are
// separated by blanks.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

namespace slim::trace {

struct FunctionCalls {
  std::string_view functions, calls;
};

// Whether one of a list is among the names.
bool has_one(const std::set<std::string>& names, std::string_view list);
// Adds all of a list.
void add_all(std::set<std::string>& calls, std::string_view list);
// Adds the calls of every row of which a function is among the names.
void add_calls_of(std::span<const FunctionCalls> rows, const std::set<std::string>& names,
                  std::set<std::string>& calls);

}  // namespace slim::trace
