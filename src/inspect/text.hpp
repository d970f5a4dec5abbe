// SPDX-License-Identifier: Apache-2.0
// Lines and words of text files.
#pragma once

#include <string_view>
#include <vector>

namespace slim::inspect {

// Without the line breaks; a carriage return before one stays.
std::vector<std::string_view> lines_of(std::string_view text);
std::string_view trimmed(std::string_view text);
// Between separators; empty fields are kept.
std::vector<std::string_view> fields_of(std::string_view line, char separator);

}  // namespace slim::inspect
