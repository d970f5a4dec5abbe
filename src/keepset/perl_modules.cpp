// SPDX-License-Identifier: Apache-2.0
#include "keepset/perl_modules.hpp"

#include <algorithm>
#include <utility>

#include "keepset/perl_source.hpp"
#include "keepset/text.hpp"
#include "slim/base/interpreter.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

// Directories that hold installed modules, whatever is above or below them.
constexpr std::string_view kLibraries[] = {"perl", "perl5", "perl-base", "site_perl",
                                           "vendor_perl"};
// For making, testing and documenting modules, for debugging.
constexpr std::string_view kTools[] = {"App", "B",    "CPAN",  "Devel",      "ExtUtils",     "Pod",
                                       "TAP", "Test", "Test2", "perl5db.pl", "Module::Build"};
// File::Spec and others have a module for each operating system.
constexpr std::string_view kSystems[] = {"AmigaOS", "Cygwin", "Epoc", "MSWin32", "Mac",
                                         "MacOS",   "OS2",    "VMS",  "Win32"};

bool is_tool(std::string_view name) {
  const size_t last = name.rfind("::");
  const std::string_view system = last == std::string_view::npos ? name : name.substr(last + 2);
  if (is_one_of(system, kSystems))
    return true;
  return std::any_of(std::begin(kTools), std::end(kTools), [&](std::string_view tool) {
    return name.starts_with(tool) &&
           (name.size() == tool.size() || name.substr(tool.size()).starts_with("::"));
  });
}

}  // namespace

bool perl_is_installed(std::string_view path) {
  return has_component(parent_of(path), kLibraries);
}

// Those of @INC that the interpreter brings: a run that finds all it wants in the first directories
// does not look into the others.
Result<void> PerlModules::add_built_in_roots(Marker& marker, const IndexEntry& program) {
  const std::string_view name = name_of(program.path);
  if (!is_file(program) || !(name.starts_with("perl") || name.starts_with("libperl.so")) ||
      !is_interpreter(name))
    return {};
  SLIM_TRY(const std::string_view content, marker.content(program));
  for (const std::string& directory : built_in_paths(content, "perl")) {
    // Modules are looked for by this path, which may lead through links.
    if (add_root(marker, directory))
      marker.mark_path(directory, {"perl-include", absolute(program.path)});
  }
  return {};
}

bool PerlModules::add_root(const Marker& marker, std::string_view directory) {
  const rootfs::Resolution root = marker.index().resolve(directory);
  if (root.outcome != rootfs::Resolution::Outcome::found || !is_directory(*root.entry)) return false;
  roots_.insert(root.entry->path);
  return true;
}

// Of those that did not run, but will as the interpreter of a script that settings name (a page of a CGI).
Result<void> PerlModules::add_interpreters(Marker& marker) {
  const auto& programs = marker.executed_paths();
  if (std::exchange(programs_, programs.size()) == programs.size()) return {};
  for (const std::string& path : programs)
    if (const IndexEntry* program = marker.index().find(path))
      SLIM_CHECK(add_built_in_roots(marker, *program));
  return {};
}

Result<const std::set<std::string>*> PerlModules::roots(Marker& marker) {
  if (!std::exchange(known_, true)) SLIM_CHECK(add_used_roots(marker));
  if (roots_.empty()) {
    SLIM_CHECK(add_interpreters(marker));
    ran_ = roots_.empty();
  }
  return &roots_;
}

Result<void> PerlModules::add_used_roots(Marker& marker) {
  for (const auto& [path, use] : marker.trace().files) {
    if ((use.access & (trace::kExecuted | trace::kMapped)) == 0) continue;
    if (const IndexEntry* program = marker.index().find(std::string_view(path).substr(1)))
      SLIM_CHECK(add_built_in_roots(marker, *program));
  }
  std::set<std::string, std::less<>> modules;  // "/Plack/Request.pm"
  for (const auto& [path, use] : marker.trace().files) {
    if (!path.ends_with(".pm")) continue;
    const IndexEntry* entry = marker.index().find(std::string_view(path).substr(1));
    if (entry == nullptr || !is_file(*entry) || !marker.opened(*entry)) continue;
    SLIM_TRY(const std::string_view source, marker.text(*entry));
    const std::string root = perl_root_of(entry->path, source);
    if (root.empty()) continue;
    modules.insert(entry->path.substr(root.size()));
    roots_.insert(root);
  }
  for (const auto& [path, use] : marker.trace().lookups) {
    std::string_view name = path;
    if (name.ends_with(".pmc")) name.remove_suffix(1);
    if (!name.ends_with(".pm")) continue;
    for (size_t at = name.find('/', 1); at != std::string_view::npos; at = name.find('/', at + 1))
      if (modules.contains(name.substr(at))) add_root(marker, name.substr(0, at));
  }
  return {};
}

void PerlModules::keep_file(Marker& marker, const std::string& path, const IndexEntry& by) {
  const rootfs::Resolution found = marker.index().resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found || !is_file(*found.entry)) return;
  imported.insert(found.entry);  // before it is marked: its own rules ask
  if (!ran_ && !perl_is_installed(by.path)) named.insert(found.entry);
  marker.mark_path(path, {"perl-require", absolute(by.path)});
}

Result<void> PerlModules::want(Marker& marker, const std::string& module, const IndexEntry& by,
                               bool needed) {
  if (is_tool(module) && !needed) return {};
  if (!wanted_.insert(module).second) return {};
  const std::string file = perl_file_of(module);
  SLIM_TRY(const auto* directories, roots(marker));
  // The order of @INC is not known: the one that ran, or each that may be the first.
  const auto ran = [&](const std::string& root) {
    const IndexEntry* entry = marker.index().find(join_path(root, file));
    return entry != nullptr && marker.opened(*entry);
  };
  if (std::any_of(directories->begin(), directories->end(), ran)) return {};
  for (const std::string& root : *directories) keep_file(marker, join_path(root, file), by);
  return {};
}

Result<std::string> PerlModules::library_of(Marker& marker, std::string_view module) {
  const std::string first(module.substr(0, module.find(':')));
  SLIM_TRY(const auto* directories, roots(marker));
  for (const std::string& root : *directories) {
    if (marker.index().find(join_path(root, first + ".pm")) != nullptr) return first;
  }
  return std::string(module.substr(0, module.find(':', first.size() + 2)));
}

Result<void> PerlModules::want_file(Marker& marker, const std::string& name, const IndexEntry& by) {
  if (is_tool(name) || !wanted_.insert(name + " " + by.path).second) return {};
  if (name.starts_with('/')) {
    keep_file(marker, name, by);
    return {};
  }
  SLIM_TRY(const auto* directories, roots(marker));
  std::set<std::string> places = *directories;
  places.insert(std::string(parent_of(by.path)));
  places.insert(marker.config_directories().begin(), marker.config_directories().end());
  for (const std::string& place : places) keep_file(marker, join_path(place, name), by);
  return {};
}

}  // namespace slim::keepset
