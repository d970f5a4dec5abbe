// SPDX-License-Identifier: Apache-2.0
// OpenSSL loads the providers and engines that its configuration activates (config(5)) by name,
// from directories beside its library.
#include <functional>
#include <set>

#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kLibraries[] = {"lib",       "lib64",         "usr/lib",
                                           "usr/lib64", "usr/local/lib", "usr/local/lib64"};
constexpr std::string_view kModuleDirectories[] = {"ossl-modules", "engines-3", "engines-1.1"};
constexpr size_t kMostIncludes = 64;

// A configuration with all that it includes.
struct Settings {
  // The names of sections ("legacy = legacy_sect"), and values ("module = /path", "engine_id = x").
  std::set<std::string> names;
  std::set<std::string> files;  // read, or to be read
};

bool is_configuration(const Marker& marker, const IndexEntry& entry) {
  return is_file(entry) && (name_of(entry.path) == "openssl.cnf" ||
                            marker.environment("OPENSSL_CONF") == absolute(entry.path));
}

// ".include PATH" or ".include = PATH", a file or a directory of files that end so.
void include(Marker& marker, std::string_view path, const Reason& reason, Settings& settings) {
  while (!path.empty() && (path.front() == '=' || path.front() == ' ')) path.remove_prefix(1);
  if (!path.starts_with('/')) path = {};  // from OPENSSL_CONF_INCLUDE, or where the process is
  const IndexEntry* found = path.empty() ? nullptr : marker.mark_path(path, reason);
  if (found == nullptr) return;
  if (is_file(*found)) settings.files.insert(found->path);
  if (!is_directory(*found)) return;
  for (const IndexEntry* child : marker.index().children(found->path)) {
    if (!child->path.ends_with(".cnf") && !child->path.ends_with(".conf")) continue;
    const IndexEntry* file = marker.mark_path(child->path, reason);
    if (file != nullptr && is_file(*file)) settings.files.insert(file->path);
  }
}

void read(Marker& marker, const std::string& text, const Reason& reason, Settings& settings) {
  for (std::string_view line : lines(text)) {
    line = trim(line.substr(0, line.find('#')));
    if (line.starts_with(".include")) include(marker, line.substr(8), reason, settings);
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    settings.names.emplace(trim(line.substr(0, equals)));
    settings.names.emplace(trim(line.substr(equals + 1)));
  }
}

Result<Settings> settings_of(Marker& marker, const IndexEntry& entry, const Reason& reason) {
  Settings settings;
  settings.files.insert(entry.path);
  std::set<std::string> done;
  for (bool more = true; more && done.size() < kMostIncludes;) {
    more = false;
    for (const std::string& path : std::set<std::string>(settings.files)) {
      if (!done.insert(path).second) continue;
      SLIM_TRY(const std::string_view text, marker.text(*marker.index().find(path)));
      read(marker, std::string(text), reason, settings);
      more = true;
    }
  }
  return settings;
}

// Where OpenSSL looks for modules: as the environment says, or beside its library.
std::vector<std::string> module_directories(const Marker& marker) {
  std::vector<std::string> directories;
  for (const std::string_view variable : {"OPENSSL_MODULES", "OPENSSL_ENGINES"}) {
    const auto value = marker.environment(variable);
    if (value && value->starts_with('/')) directories.emplace_back(*value);
  }
  for (const std::string_view library : kLibraries) {
    std::vector<std::string> places{std::string(library)};
    for (const IndexEntry* below : marker.index().children(library)) {
      if (is_directory(*below)) places.push_back(below->path);
    }
    for (const std::string& place : places) {
      for (const std::string_view name : kModuleDirectories) {
        directories.push_back(join_path(place, name));
      }
    }
  }
  return directories;
}

// Keeps the modules that `wanted` says of.
void keep_modules(Marker& marker, const Reason& reason,
                  const std::function<bool(std::string_view name, const std::string& stem)>& wanted) {
  for (const std::string& directory : module_directories(marker)) {
    const rootfs::Resolution found = marker.index().resolve(directory);
    if (found.outcome != rootfs::Resolution::Outcome::found) continue;
    for (const IndexEntry* module : marker.index().children(found.entry->path)) {
      const std::string_view name = name_of(module->path);
      if (wanted(name, std::string(name.substr(0, name.find(".so"))))) marker.mark(*module, reason);
    }
  }
}

}  // namespace

Result<void> openssl_modules(Marker& marker, const IndexEntry& entry) {
  if (!is_configuration(marker, entry)) return {};
  const Reason reason{"openssl", absolute(entry.path)};
  SLIM_TRY(const Settings settings, settings_of(marker, entry, reason));
  keep_modules(marker, reason, [&](std::string_view name, const std::string& stem) {
    return settings.names.contains(stem) || settings.names.contains(std::string(name));
  });
  // "module = /path" wherever that is.
  for (const std::string& name : settings.names) {
    if (!name.starts_with('/') || name.find(".so") == std::string::npos) continue;
    marker.mark_if_there(name, reason);
  }
  return {};
}

// A program may ask for a provider itself, by a name that is often its caller's (Python's cryptography);
// beside the library is the one of old algorithms.
Result<void> openssl_providers(Marker& marker) {
  const Traits& traits = marker.state<Traits>();
  if (traits.providers.empty()) return {};
  keep_modules(marker, {"openssl", absolute((*traits.providers.begin())->path)},
               [](std::string_view, const std::string& stem) { return stem == "legacy"; });
  return {};
}

}  // namespace slim::keepset::rules
