// SPDX-License-Identifier: Apache-2.0
#include "trace/function_calls.hpp"

#include <algorithm>

#include "slim/base/text.hpp"

namespace slim::trace {

bool has_one(const std::set<std::string>& names, std::string_view list) {
  const auto wanted = fields_of(list, ' ');
  return std::any_of(wanted.begin(), wanted.end(), [&](std::string_view name) {
    return names.contains(std::string(name));
  });
}

void add_all(std::set<std::string>& calls, std::string_view list) {
  for (const std::string_view call : fields_of(list, ' ')) calls.emplace(call);
}

void add_calls_of(std::span<const FunctionCalls> rows, const std::set<std::string>& names,
                  std::set<std::string>& calls) {
  for (const FunctionCalls& row : rows)
    if (has_one(names, row.functions)) add_all(calls, row.calls);
}

}  // namespace slim::trace
