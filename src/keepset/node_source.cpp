// SPDX-License-Identifier: Apache-2.0
#include "keepset/node_source.hpp"

#include <set>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

// Of createRequire() in one source: what its argument is, and the names that are given to what it
// makes.
constexpr size_t kLongestArgument = 512;
constexpr size_t kMostNames = 8;
constexpr size_t kLongestDirectory = 256;

// A string literal at the start of `text` (after blanks); empty if there is none.
std::string_view literal(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  const char quote = text[begin];
  if (quote != '"' && quote != '\'' && quote != '`') return {};
  const size_t end = text.find_first_of("\"'`\n", begin + 1);
  if (end == std::string_view::npos || text[end] != quote) return {};
  return text.substr(begin + 1, end - begin - 1);
}

// What is asked of a require() that a module of the other kind makes itself:
// createRequire(url)("a"), or of the name that it is given (nodejs.org, "node:module").
std::vector<std::string> made_requires_of(std::string_view source) {
  constexpr std::string_view kMaker = "createRequire";
  std::vector<std::string> found;
  std::set<std::string_view> names;
  const auto called = [&](std::string_view rest) {
    if (!rest.starts_with('(')) return;
    const std::string_view name = literal(rest.substr(1));
    if (!name.empty() && name.find("${") == std::string_view::npos) found.emplace_back(name);
  };
  for (size_t at = source.find(kMaker); at != std::string_view::npos;
       at = source.find(kMaker, at + kMaker.size())) {
    size_t begin = at;
    while (begin > 0 && is_identifier_byte(source[begin - 1])) --begin;
    const size_t end = at + kMaker.size();
    if (end >= source.size() || source[end] != '(') continue;
    const std::string_view call = source.substr(end, kLongestArgument);
    unsigned depth = 0;
    size_t length = 0;
    do {
      if (call[length] == '(') ++depth;
      if (call[length] == ')') --depth;
    } while (++length < call.size() && depth > 0);
    called(source.substr(end + length));
    const std::string_view name = assigned_name(source, begin);
    if (!name.empty() && name != "require" && names.size() < kMostNames) names.insert(name);
  }
  for (const std::string_view name : names) {
    for (size_t use = source.find(name); use != std::string_view::npos;
         use = source.find(name, use + name.size())) {
      if (use == 0 || !is_identifier_byte(source[use - 1]))
        called(source.substr(use + name.size()));
    }
  }
  return found;
}

// What a literal that begins at `at` with a quote holds, if it can be a directory: "./locale/".
std::string_view directory_literal(std::string_view source, size_t at) {
  const std::string_view text = source.substr(at + 1, kLongestDirectory);
  if (!text.starts_with("./") && !text.starts_with("../")) return {};
  // A template's ends where something is put in.
  const size_t end = text.find_first_of("\"'`$\n ");
  if (end == std::string_view::npos || text[end] == '\n' || text[end] == ' ') return {};
  const bool open = source[at] == '`' && text[end] == '$';
  const std::string_view path = text.substr(0, end);
  return (open || text[end] == source[at]) && path.ends_with('/') ? path : std::string_view();
}

}  // namespace

std::vector<std::string> node_specifiers_of(std::string_view source) {
  std::vector<std::string> found = made_requires_of(source);
  for (const std::string_view keyword : {"require", "import", "from"}) {
    for (size_t at = source.find(keyword); at != std::string_view::npos;
         at = source.find(keyword, at + keyword.size())) {
      if (at > 0 && is_identifier_byte(source[at - 1]) && source[at - 1] != '.') continue;
      std::string_view rest = source.substr(at + keyword.size());
      const size_t next = rest.find_first_not_of(" \t\r\n");
      if (next == std::string_view::npos) continue;
      if (keyword == "require" && rest.starts_with(".resolve")) {
        rest.remove_prefix(8);
      }
      if (rest.starts_with('(') || (next < rest.size() && rest[next] == '(')) {
        if (keyword == "from") continue;
        rest = rest.substr(rest.find('(') + 1);
      } else if (keyword == "require") {
        continue;
      }
      const std::string_view name = literal(rest);
      if (!name.empty() && name.find("${") == std::string_view::npos) found.emplace_back(name);
    }
  }
  return found;
}

std::vector<std::string> node_directories_of(std::string_view source) {
  std::set<std::string> found;
  for (size_t at = find_one_of(source, "\"'`"); at != std::string_view::npos;
       at = find_one_of(source, "\"'`", at + 1)) {
    if (const std::string_view path = directory_literal(source, at); !path.empty())
      found.emplace(path);
  }
  return {found.begin(), found.end()};
}

}  // namespace slim::keepset
