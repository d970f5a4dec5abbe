// SPDX-License-Identifier: Apache-2.0
#include "keepset/r_source.hpp"

#include <algorithm>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

constexpr std::string_view kLoaders[] = {"library", "require", "requireNamespace", "loadNamespace"};

bool is_name_byte(char c) { return is_word_byte(c) || c == '.'; }

std::string_view name_at(std::string_view text, size_t at) {
  size_t end = std::min(at, text.size());
  while (end < text.size() && is_name_byte(text[end])) ++end;
  return text.substr(std::min(at, text.size()), end - std::min(at, text.size()));
}

}  // namespace

std::set<std::string> r_packages_of(std::string_view source) {
  std::set<std::string> packages;
  for (size_t at = 0; at < source.size();) {
    const std::string_view name = name_at(source, at);
    at += std::max<size_t>(name.size(), 1);
    if (name.empty()) continue;
    if (source.substr(at).starts_with("::")) {
      packages.emplace(name);
    } else if (is_one_of(name, kLoaders)) {
      const size_t argument = source.find_first_not_of(" \t('\"", at);
      if (source.substr(at).starts_with('(') && argument != std::string_view::npos)
        if (const auto loaded = name_at(source, argument); !loaded.empty()) packages.emplace(loaded);
    }
  }
  return packages;
}

std::set<std::string> r_needs_of(std::string_view description) {
  std::set<std::string> needs;
  bool wanted = false;
  for (std::string_view line : lines(description)) {
    // A field goes on in the lines that begin with a blank.
    if (!line.empty() && line.front() != ' ' && line.front() != '\t') {
      const size_t colon = line.find(':');
      const std::string_view field = line.substr(0, colon);
      wanted = field == "Depends" || field == "Imports";
      line = line.substr(std::min(colon, line.size() - 1) + 1);
    }
    if (!wanted) continue;
    for (const std::string_view item : split(line, ',')) {
      const std::string_view name = name_at(trim(item), 0);
      if (!name.empty() && name != "R") needs.emplace(name);
    }
  }
  return needs;
}

}  // namespace slim::keepset
