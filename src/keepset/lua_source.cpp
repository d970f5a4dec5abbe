// SPDX-License-Identifier: Apache-2.0
#include "keepset/lua_source.hpp"

#include <algorithm>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

constexpr std::string_view kRequire = "require";

bool is_module(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return is_word_byte(c) || c == '.' || c == '/' || c == '-';
  });
}

// The literal that `text` begins with: 'x', "x" or [[x]].
std::string_view literal_of(std::string_view text) {
  if (text.starts_with("[[")) {
    const size_t end = text.find("]]");
    return end == std::string_view::npos ? std::string_view() : text.substr(2, end - 2);
  }
  if (!text.starts_with('"') && !text.starts_with('\'')) return {};
  const size_t end = text.find(text.front(), 1);
  return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
}

bool is_comment(std::string_view source, size_t at) {
  const size_t line = source.rfind('\n', at) + 1;  // 0 if there is none
  return source.substr(line, at - line).find("--") != std::string_view::npos;
}

}  // namespace

std::set<std::string> lua_requires_of(std::string_view source) {
  std::set<std::string> names;
  for (size_t at = source.find(kRequire); at != std::string_view::npos;
       at = source.find(kRequire, at + kRequire.size())) {
    if (at > 0 && is_identifier_byte(source[at - 1])) continue;
    std::string_view rest = source.substr(at + kRequire.size());
    // require "x", require("x"), pcall(require, "x").
    const size_t argument = rest.find_first_not_of(" \t(,");
    if (argument == std::string_view::npos || is_comment(source, at)) continue;
    rest.remove_prefix(argument);
    std::string name(literal_of(rest));
    if (!is_module(name)) continue;
    const std::string_view behind = trim(rest.substr(std::min(name.size() + 2, rest.size()), 16));
    const bool open = name.ends_with('.') || name.ends_with('/');
    if (open == behind.starts_with("..")) names.insert(std::move(name));
  }
  return names;
}

std::set<std::string> lua_templates_of(std::string_view text) {
  std::set<std::string> templates;
  const auto in_path = [](char c) {
    return is_word_byte(c) || std::string_view("/.?-+~").find(c) != std::string_view::npos;
  };
  for (const std::string_view ending : {"?.lua", "?/init.lua", "?.so"}) {
    for (size_t at = text.find(ending); at != std::string_view::npos;
         at = text.find(ending, at + 1)) {
      size_t begin = at;
      while (begin > 0 && in_path(text[begin - 1])) --begin;
      const std::string_view path = text.substr(begin, at + ending.size() - begin);
      if (path.find('/') < path.find('?')) templates.emplace(path);
    }
  }
  return templates;
}

}  // namespace slim::keepset
