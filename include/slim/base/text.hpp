// SPDX-License-Identifier: Apache-2.0
// Taking texts apart and putting them together. Bytes throughout; only ASCII letters have a case.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace slim {

// Without the line breaks; a carriage return before one stays.
std::vector<std::string_view> lines_of(std::string_view text);
// Between separators; empty fields are kept, so there is one at least.
std::vector<std::string_view> fields_of(std::string_view line, char separator);
// Without white space at both ends.
std::string_view trimmed(std::string_view text);

std::string upper_case(std::string_view text);
std::string lower_case(std::string_view text);

template <typename Value, typename Values>
bool is_one_of(const Value& value, const Values& values) {
  return std::find(std::begin(values), std::end(values), value) != std::end(values);
}

// What is in a range of strings, one after the other.
template <typename Strings>
std::string joined(const Strings& parts, std::string_view between) {
  std::string text;
  bool first = true;
  for (const auto& part : parts) {
    if (!first) text += between;
    text += part;
    first = false;
  }
  return text;
}

}  // namespace slim
