// SPDX-License-Identifier: Apache-2.0
#include "keepset/tcl_source.hpp"

#include <algorithm>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

bool ends_word(char c) { return std::string_view(" \t\r\n;]}\"").find(c) != std::string_view::npos; }

// The word at the beginning of `text`, without braces or quotation marks around it.
std::string_view word_of(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t{\""), text.size()));
  const auto* end = std::find_if(text.begin(), text.end(), ends_word);
  return text.substr(0, static_cast<size_t>(end - text.begin()));
}

// Visits what stands behind a command in each line that is no comment.
template <typename Visit>
void each_call(std::string_view source, std::string_view command, const Visit& visit) {
  for (const std::string_view line : lines(source)) {
    if (trim(line).starts_with('#')) continue;
    for (size_t at = line.find(command); at != std::string_view::npos;
         at = line.find(command, at + command.size())) {
      const bool begins = at == 0 || !(is_word_byte(line[at - 1]) || line[at - 1] == '$');
      const std::string_view rest = line.substr(at + command.size());
      if (begins && (rest.starts_with(' ') || rest.starts_with('\t'))) visit(rest);
    }
  }
}

std::set<std::string> names_behind(std::string_view source, std::string_view command) {
  std::set<std::string> names;
  each_call(source, command, [&](std::string_view rest) {
    std::string_view name = word_of(rest);
    if (name.starts_with('-')) name = word_of(rest.substr(rest.find(name) + name.size()));
    if (!name.empty() && name.find_first_of("$[") == std::string_view::npos) names.emplace(name);
  });
  return names;
}

}  // namespace

std::set<std::string> tcl_requires_of(std::string_view source) {
  return names_behind(source, "package require");
}

std::set<std::string> tcl_packages_of(std::string_view index) {
  return names_behind(index, "package ifneeded");
}

std::set<std::string> tcl_sources_of(std::string_view source) {
  std::set<std::string> files;
  each_call(source, "source", [&](std::string_view rest) {
    const size_t end = rest.find(".tcl");
    if (end == std::string_view::npos) return;
    size_t begin = end;
    while (begin > 0 && std::string_view(" \t\"{[").find(rest[begin - 1]) == std::string_view::npos)
      --begin;
    std::string_view file = rest.substr(begin, end + 4 - begin);
    // "$dir/x.tcl": where that is, only the run knows.
    if (file.starts_with('$')) file = file.substr(std::min(file.find('/'), file.size()) + 1);
    if (file.find('$') == std::string_view::npos) files.emplace(file);
  });
  return files;
}

std::set<std::string> tcl_commands_of(std::string_view source) {
  std::set<std::string> programs = names_behind(source, "exec");
  const auto piped = [&](std::string_view rest) {
    for (size_t bar = rest.find('|'); bar != std::string_view::npos; bar = rest.find('|', bar + 1)) {
      const std::string_view name = word_of(rest.substr(bar + 1));
      if (!name.empty() && name.find_first_of("$|") == std::string_view::npos) programs.emplace(name);
    }
  };
  each_call(source, "exec", piped);
  each_call(source, "open", piped);
  return programs;
}

}  // namespace slim::keepset
