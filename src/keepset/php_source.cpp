// SPDX-License-Identifier: Apache-2.0
#include "keepset/php_source.hpp"

#include <algorithm>

#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

// "x" of `"x" ; comment` or of `x ; comment`.
std::string_view value_of(std::string_view text) {
  text = trim(text);
  if (text.starts_with('"') || text.starts_with('\'')) {
    const size_t end = text.find(text.front(), 1);
    return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
  }
  return trim(text.substr(0, text.find(';')));
}

// The setting's name, of `NAME` or of `php_admin_value[NAME]`.
std::string_view setting_of(std::string_view key) {
  key = trim(key);
  for (const std::string_view before : {"php_admin_value[", "php_value["}) {
    if (key.starts_with(before) && key.ends_with(']')) {
      return trim(key.substr(before.size(), key.size() - before.size() - 1));
    }
  }
  return key;
}

bool is_name_byte(char c) {
  return is_word_byte(c) || (c & 0x80) != 0;
}

// "A\B" for "\A\B" and, as strings have it, "A\\B".
std::string plain_name(std::string_view word) {
  std::string name;
  for (const std::string_view part : split(word, '\\')) {
    if (!name.empty()) name += '\\';
    name += part;
  }
  return name;
}

// The names of `use A\B\{C, D as E}`, from behind the brace on.
void read_group(std::string_view prefix, std::string_view group, std::set<std::string>& names) {
  for (const std::string_view item : split(group.substr(0, group.find('}')), ',')) {
    std::string_view name = item.substr(std::min(item.find_first_not_of(" \t\r\n"), item.size()));
    name = name.substr(0, name.find_first_of(" \t\r\n"));
    if (!name.empty()) names.insert(plain_name(std::string(prefix) + std::string(name)));
  }
}

}  // namespace

PhpSettings php_settings_of(std::string_view text) {
  PhpSettings settings;
  for (const std::string_view line : lines(text)) {
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos || trim(line).starts_with(';')) continue;
    const std::string_view setting = setting_of(line.substr(0, equals));
    const std::string_view value = value_of(line.substr(equals + 1));
    if (value.empty()) continue;
    if (setting == "extension" || setting == "zend_extension") {
      settings.extensions.emplace_back(value);
    } else if (setting == "extension_dir") {
      settings.extension_directory = value;
    }
  }
  return settings;
}

std::set<std::string> php_names_of(std::string_view source) {
  std::set<std::string> names;
  const auto belongs = [&](size_t at) {
    return at < source.size() && (is_name_byte(source[at]) || source[at] == '\\');
  };
  std::string_view before;
  for (size_t at = 0; at < source.size();) {
    size_t end = at;
    while (belongs(end)) ++end;
    const std::string_view word = source.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    const bool qualified = word.find('\\') != std::string_view::npos;
    const bool upper = word.front() >= 'A' && word.front() <= 'Z';
    const bool is_class = upper || qualified || before == "new" || before == "extends";
    before = word;
    if (!is_class) continue;
    if (word.ends_with('\\') && end < source.size() && source[end] == '{') {
      read_group(word, source.substr(end + 1), names);
    } else if (std::string name = plain_name(word); !name.empty()) {
      names.insert(std::move(name));
    }
  }
  return names;
}

std::vector<ComposerMapping> composer_mappings_of(std::string_view text, std::string_view vendor) {
  std::vector<ComposerMapping> mappings;
  for (std::string_view line : lines(text)) {
    line = trim(line);
    const size_t arrow = line.find("=>");
    const size_t quote = line.find('\'', 1);
    if (!line.starts_with('\'') || arrow == std::string_view::npos || quote > arrow) continue;
    std::string name;
    for (const std::string_view part : split(line.substr(1, quote - 1), '\\')) {
      name.append(name.empty() ? "" : "\\").append(part);
    }
    if (line.substr(0, quote).ends_with('\\')) name += '\\';  // a namespace's prefix
    ComposerMapping mapping{std::move(name), {}};
    // $vendorDir . '/a', $baseDir . '/b', or as distributions' packages have it, '/usr/share/php/c'.
    for (size_t at = line.find('\'', arrow); at != std::string_view::npos;) {
      const size_t begin = at + 1, end = line.find('\'', begin);
      if (end == std::string_view::npos) break;
      const std::string_view before = line.substr(0, at), path = line.substr(begin, end - begin);
      const std::string_view top = before.ends_with("$vendorDir . ") ? vendor
                                   : before.ends_with("$baseDir . ") ? parent_of(vendor)
                                                                      : std::string_view();
      if (path.starts_with('/')) mapping.paths.push_back(join_path(top, path.substr(1)));
      at = line.find('\'', end + 1);
    }
    if (!mapping.paths.empty()) mappings.push_back(std::move(mapping));
  }
  return mappings;
}

}  // namespace slim::keepset
