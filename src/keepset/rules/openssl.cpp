// SPDX-License-Identifier: Apache-2.0
// OpenSSL loads the providers and engines that its configuration activates (config(5)) by name,
// from directories beside its library.
#include <set>

#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kModuleDirectories[] = {"ossl-modules", "engines-3", "engines-1.1"};

// The names of sections ("legacy = legacy_sect"), and values ("module = /path", "engine_id = x").
std::set<std::string> names_of(std::string_view text) {
  std::set<std::string> names;
  for (std::string_view line : lines(text)) {
    line = line.substr(0, line.find('#'));
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    names.emplace(trim(line.substr(0, equals)));
    names.emplace(trim(line.substr(equals + 1)));
  }
  return names;
}

}  // namespace

Result<void> openssl_modules(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || name_of(entry.path) != "openssl.cnf") return {};
  SLIM_TRY(const std::string_view text, marker.text(entry));
  const auto names = names_of(text);
  const Reason reason{"openssl", absolute(entry.path)};
  for (const std::string_view library : {"lib", "lib64", "usr/lib", "usr/lib64"}) {
    std::vector<std::string> places{std::string(library)};
    for (const IndexEntry* below : marker.index().children(library)) {
      if (is_directory(*below)) places.push_back(below->path);
    }
    for (const std::string& place : places) {
      for (const std::string_view directory : kModuleDirectories) {
        for (const IndexEntry* module : marker.index().children(join_path(place, directory))) {
          const std::string_view name = name_of(module->path);
          const std::string stem(name.substr(0, name.find(".so")));
          if (names.contains(stem) || names.contains(std::string(name)) ||
              names.contains(absolute(module->path))) {
            marker.mark(*module, reason);
          }
        }
      }
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
