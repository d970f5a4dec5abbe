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

// What a literal that begins at `at` with a quote holds, if it can be a directory: "./locale/", or
// a package's where a module is asked for, require("pkg/locale/" + name).
std::string_view directory_literal(std::string_view source, size_t at) {
  const std::string_view text = source.substr(at + 1, kLongestDirectory);
  // A template's ends where something is put in.
  const size_t end = text.find_first_of("\"'`$\n ");
  if (end == std::string_view::npos || text[end] == '\n' || text[end] == ' ') return {};
  const bool open = source[at] == '`' && text[end] == '$';
  const std::string_view path = text.substr(0, end);
  if (!text.starts_with("./") && !text.starts_with("../")) {
    const std::string_view before = source.substr(0, at);
    const bool put_together = open || after_blanks(text.substr(end + 1)).starts_with('+');
    if (!put_together || path.starts_with('/') ||
        !(before.ends_with("require(") || before.ends_with("import(")))
      return {};
  }
  return (open || text[end] == source[at]) && path.ends_with('/') ? path : std::string_view();
}

// What is put after the module's directory, `rest` being the text after its name: the parts of a
// join(), a sum or a template that are literal. Ends with a slash if what follows is not.
std::string put_after(std::string_view rest) {
  std::string path;
  if (rest.starts_with('}')) {  // `${__dirname}/a`
    rest = rest.substr(1, kLongestDirectory);
    const size_t end = rest.find_first_of("`$\n");
    if (!rest.starts_with('/') || end == std::string_view::npos || rest[end] == '\n') return {};
    path = rest.substr(0, end);
    if (rest[end] == '$') path.resize(path.rfind('/') + 1);
    return path;
  }
  rest = after_blanks(rest);
  const bool sum = rest.starts_with('+');
  const char separator = sum ? '+' : ',';
  for (; rest.starts_with(separator); rest = after_blanks(rest)) {
    const std::string_view part = literal(rest.substr(1));
    if (sum && path.empty() && !part.starts_with('/')) return {};
    if (part.empty() || part.size() > kLongestDirectory || part.find("${") != part.npos) {
      if (sum) path.resize(path.rfind('/'));
      return path.empty() ? path : path + '/';
    }
    path += sum || path.empty() ? "" : "/";
    path += part;
    rest.remove_prefix(static_cast<size_t>(part.data() - rest.data()) + part.size() + 1);
  }
  return path;
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

std::vector<std::string> node_neighbours_of(std::string_view source) {
  std::set<std::string> found;
  for (const std::string_view place : {"__dirname", "import.meta.dirname"}) {
    for (size_t at = source.find(place); at != std::string_view::npos;
         at = source.find(place, at + place.size())) {
      if (at > 0 && is_word_byte(source[at - 1])) continue;
      if (std::string path = put_after(source.substr(at + place.size())); !path.empty())
        found.insert(join_path(".", path));
    }
  }
  constexpr std::string_view kUrl = "new URL(";
  for (size_t at = source.find(kUrl); at != std::string_view::npos;
       at = source.find(kUrl, at + kUrl.size())) {
    const std::string_view rest = source.substr(at + kUrl.size());
    const std::string_view path = literal(rest);
    if (!path.starts_with('.') || path.find("${") != std::string_view::npos) continue;
    const size_t end = static_cast<size_t>(path.data() - rest.data()) + path.size() + 1;
    const std::string_view base = after_blanks(rest.substr(end));
    if (base.starts_with(',') && after_blanks(base.substr(1)).starts_with("import.meta.url"))
      found.emplace(path);
  }
  return {found.begin(), found.end()};
}

}  // namespace slim::keepset
