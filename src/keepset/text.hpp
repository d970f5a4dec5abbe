// SPDX-License-Identifier: Apache-2.0
// Taking configuration text apart, and the strings of programs.
#pragma once

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::keepset {

// The lines of a text without their ends ("\n" or "\r\n").
std::vector<std::string_view> lines(std::string_view text);
// The words of a line, separated by blanks and tabs.
std::vector<std::string_view> words(std::string_view line);
// The parts between separators; empty ones are left out.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
// As text.find_first_of(set, from), for sets of a few bytes in long texts: that calls a function for
// every byte.
inline size_t find_one_of(std::string_view text, std::string_view set, size_t from = 0) {
  for (; from < text.size(); ++from)
    for (const char wanted : set)
      if (text[from] == wanted) return from;
  return std::string_view::npos;
}
// From the first byte on that is no blank and no end of a line.
std::string_view after_blanks(std::string_view text);

template <typename Endings>
bool ends_with_one(std::string_view text, const Endings& endings) {
  return std::any_of(std::begin(endings), std::end(endings),
                     [&](std::string_view ending) { return text.ends_with(ending); });
}
template <typename Beginnings>
bool starts_with_one(std::string_view text, const Beginnings& beginnings) {
  return std::any_of(std::begin(beginnings), std::end(beginnings),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}
// Whether one of these stands anywhere in a text.
template <typename Parts>
bool holds_one(std::string_view text, const Parts& parts) {
  return std::any_of(std::begin(parts), std::end(parts), [&](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  });
}
// Whether a component of a path is one of these names.
template <typename Names>
bool has_component(std::string_view path, const Names& names) {
  const auto parts = components(path);
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return is_one_of(part, names); });
}

// An ASCII letter, a digit or "_", of which names in most languages are.
constexpr bool is_word_byte(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// What names of files are mostly made of, with the "/" between them.
constexpr bool is_path_byte(char c) {
  return is_word_byte(c) || c == '/' || c == '.' || c == '-' || c == '+';
}

// Of a name in a scripting language, with what it is a member of: "this.load", "$load".
bool is_identifier_byte(char c);
// Whether a word stands in a text, not as a part of another.
bool has_word(std::string_view text, std::string_view word);
// The name that a declaration or assignment ("const load = ") before `at` gives; empty if none
// does.
std::string_view assigned_name(std::string_view source, size_t at);

// The absolute paths with `word` in them that a program has as whole strings: where it was built to
// look for its settings and modules.
std::set<std::string> built_in_paths(std::string_view program, std::string_view word);

}  // namespace slim::keepset
