// SPDX-License-Identifier: Apache-2.0
// PHP loads the extensions that its settings name, those of a php-fpm pool only when the pool's
// first process starts. Where it looks for settings and extensions is compiled into each program
// (php, php-fpm, php-cgi, libphp.so), and differs between them.
#include <algorithm>

#include "keepset/php_source.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kPrograms[] = {"php-fpm", "php-cgi", "phpdbg", "libphp", "php"};

struct PhpState {
  std::set<std::string> directories;                // of extensions
  std::map<std::string, const IndexEntry*> wanted;  // extensions as written, and by which settings
};

// "php", "php8.2", "php-fpm82", "libphp8.2.so".
bool is_php(const IndexEntry& entry) {
  if (!is_file(entry)) return false;
  std::string_view name = name_of(entry.path);
  if (name.ends_with(".so")) {
    name.remove_suffix(3);
  } else if ((entry.mode & 0111) == 0) {
    return false;
  }
  return std::any_of(std::begin(kPrograms), std::end(kPrograms), [&](std::string_view program) {
    return name.starts_with(program) &&
           name.find_first_not_of("0123456789.", program.size()) == std::string_view::npos;
  });
}

// php.ini, conf.d/*.ini and the pools of php-fpm.
bool is_settings(const IndexEntry& entry) {
  const std::string_view path = entry.path;
  return is_file(entry) && path.find("php") != std::string_view::npos &&
         (path.ends_with(".ini") || path.ends_with(".conf"));
}

void use_directory(Marker& marker, const std::string& path, const Reason& reason) {
  const rootfs::Resolution found = marker.index().resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found) return;
  for (const IndexEntry* child : marker.index().children(found.entry->path)) {
    const std::string_view name = name_of(child->path);
    if (name.ends_with(".ini")) marker.mark_path(join_path(path, name), reason);
    if (name.ends_with(".so")) marker.state<PhpState>().directories.insert(path);
  }
}

void want(Marker& marker, const std::string& path, const IndexEntry& by) {
  const rootfs::Resolution found = marker.index().resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found || !is_file(*found.entry)) return;
  marker.mark_path(path, {"php-extension", absolute(by.path)});
}

}  // namespace

Result<void> php_program(Marker& marker, const IndexEntry& entry) {
  if (!is_php(entry)) return {};
  SLIM_TRY(const std::string_view bytes, marker.content(entry));
  const Reason reason{"php-settings", absolute(entry.path)};
  for (const std::string& path : built_in_paths(bytes, "php")) use_directory(marker, path, reason);
  // php.ini(5): these take the place of what is compiled in.
  for (const std::string_view variable : {"PHPRC", "PHP_INI_SCAN_DIR"}) {
    for (const std::string_view path : split(marker.environment(variable).value_or(""), ':')) {
      use_directory(marker, std::string(path), reason);
    }
  }
  return {};
}

Result<void> php_settings(Marker& marker, const IndexEntry& entry) {
  if (!is_settings(entry)) return {};
  SLIM_TRY(const std::string_view text, marker.text(entry));
  const PhpSettings settings = php_settings_of(text);
  auto& state = marker.state<PhpState>();
  for (const std::string& extension : settings.extensions) state.wanted.emplace(extension, &entry);
  if (settings.extension_directory.starts_with('/')) {
    state.directories.insert(settings.extension_directory);
  }
  return {};
}

Result<void> php_extensions(Marker& marker) {
  const auto& state = marker.state<PhpState>();
  for (const auto& [extension, by] : state.wanted) {
    if (extension.starts_with('/')) {
      want(marker, extension, *by);
      continue;
    }
    for (const std::string& directory : state.directories) {
      want(marker, join_path(directory, extension), *by);
      want(marker, join_path(directory, extension + ".so"), *by);
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
