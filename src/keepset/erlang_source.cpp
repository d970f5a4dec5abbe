// SPDX-License-Identifier: Apache-2.0
#include "keepset/erlang_source.hpp"

#include <algorithm>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

bool begins_atom(std::string_view text, size_t at) {
  return at < text.size() && text[at] >= 'a' && text[at] <= 'z';
}

size_t end_of_word(std::string_view text, size_t at) {
  while (at < text.size() && is_word_byte(text[at])) ++at;
  return at;
}

}  // namespace

std::set<std::string> erlang_modules_of(std::string_view source) {
  std::set<std::string> modules;
  for (size_t at = 0; at < source.size();) {
    const size_t end = end_of_word(source, at);
    if (end == at) {
      ++at;
      continue;
    }
    const bool elixir = at > 0 && source[at - 1] == ':' && (at < 2 || source[at - 2] != ':');
    const char joint = elixir ? '.' : ':';
    if (begins_atom(source, at) && end < source.size() && source[end] == joint &&
        begins_atom(source, end + 1)) {
      const size_t called = end_of_word(source, end + 1);
      if (called < source.size() && (source[called] == '(' || source[called] == '/'))
        modules.emplace(source.substr(at, end - at));
    }
    at = end;
  }
  return modules;
}

std::set<std::string> erlang_needs_of(std::string_view app) {
  std::set<std::string> needs;
  constexpr std::string_view kKey = "applications";
  for (size_t at = app.find(kKey); at != std::string_view::npos; at = app.find(kKey, at + 1)) {
    const size_t begin = app.find_first_not_of(" \t\r\n,", at + kKey.size());
    if (begin == std::string_view::npos || app[begin] != '[') continue;
    const size_t end = app.find(']', begin);
    for (size_t word = begin; word < std::min(end, app.size());) {
      const size_t behind = end_of_word(app, word);
      if (begins_atom(app, word)) needs.emplace(app.substr(word, behind - word));
      word = std::max(behind, word + 1);
    }
  }
  return needs;
}

}  // namespace slim::keepset
