// SPDX-License-Identifier: Apache-2.0
// Tcl loads the procedures of its own library when they are first called, packages by the indexes
// that they come with (pkgIndex.tcl) or as modules (NAME-VERSION.tm), and character sets and months'
// names by the names that a script gives.
#include <algorithm>
#include <map>
#include <utility>

#include "keepset/rules.hpp"
#include "keepset/shebang.hpp"
#include "keepset/tcl_source.hpp"
#include "keepset/text.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Of the directory of a package.
constexpr uint64_t kMostBytes = 2u << 20;

// What every Tcl begins with, in the directory of its library.
constexpr std::string_view kInit = "init.tcl";

// Tables of Tcl's library that scripts name, and the commands that do.
struct Table {
  std::string_view directory;
  std::string_view ending;
  std::string_view command;
};
constexpr Table kTables[] = {{"encoding", ".enc", "encoding"}, {"msgs", ".msg", "clock"}};

struct TclState {
  bool known = false;
  std::multimap<std::string, const IndexEntry*> packages;  // and the indexes that have them
  std::vector<const IndexEntry*> modules;                  // *.tm
  std::set<std::string> wanted;
  EntrySet loaded;
};

bool is_version(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.ab") == std::string_view::npos;
}

// Whether usr/share/tcltk/tcl8.6/tcl8/8.6/http-2.9.tm is the module of a package, of a::b in a/b-1.tm.
bool is_module_of(std::string_view path, std::string_view package) {
  path.remove_suffix(3);
  const size_t dash = path.rfind('-');
  if (dash == std::string_view::npos || !is_version(path.substr(dash + 1))) return false;
  std::string name = "/";
  for (const std::string_view part : split(package, ':'))
    name.append(name.size() > 1 ? "/" : "").append(part);
  return path.substr(0, dash).ends_with(name);
}

Result<void> find_packages(Marker& marker, TclState& state) {
  if (std::exchange(state.known, true)) return {};
  for (const auto& [path, entry] : marker.index().entries()) {
    if (path.ends_with(".tm") && is_file(entry)) state.modules.push_back(&entry);
    if (name_of(path) != "pkgIndex.tcl" || !is_file(entry)) continue;
    SLIM_TRY(const std::string_view text, marker.text(entry));
    for (const std::string& name : tcl_packages_of(text)) state.packages.emplace(name, &entry);
  }
  return {};
}

void load(Marker& marker, const IndexEntry& file, const Reason& reason) {
  if (!is_file(file) || !marker.state<TclState>().loaded.insert(&file).second) return;
  marker.mark(file, reason);
}

// The index, those above it that lead to it, and what lies beside it.
void load_package(Marker& marker, const IndexEntry& index, const Reason& reason) {
  const std::string_view directory = parent_of(index.path);
  for (std::string_view up = parent_of(directory); !up.empty(); up = parent_of(up)) {
    if (const IndexEntry* above = marker.index().find(join_path(up, "pkgIndex.tcl")))
      marker.mark(*above, reason);
  }
  load(marker, index, reason);
  uint64_t bytes = 0;
  const auto children = marker.index().children(directory);
  for (const IndexEntry* child : children) bytes += is_file(*child) ? child->size : 0;
  if (bytes > kMostBytes) return;
  for (const IndexEntry* child : children) load(marker, *child, reason);
}

Result<void> want(Marker& marker, const std::string& package, const IndexEntry& by) {
  auto& state = marker.state<TclState>();
  if (!state.wanted.insert(package).second) return {};
  SLIM_CHECK(find_packages(marker, state));
  const Reason reason{"tcl-package", absolute(by.path)};
  const auto [first, last] = state.packages.equal_range(package);
  for (auto found = first; found != last; ++found) load_package(marker, *found->second, reason);
  for (const IndexEntry* module : state.modules)
    if (is_module_of(module->path, package)) load(marker, *module, reason);
  return {};
}

// Procedures that auto_load finds (library(n)): all in the library's own directory.
void keep_library(Marker& marker, const IndexEntry& init) {
  for (const IndexEntry* child : marker.index().children(parent_of(init.path)))
    if (child->path.ends_with(".tcl") || name_of(child->path) == "tclIndex")
      marker.mark(*child, {"tcl-library", absolute(init.path)});
}

void keep_tables(Marker& marker, const IndexEntry& source, std::string_view text) {
  for (const Table& table : kTables) {
    if (!has_word(text, table.command)) continue;
    for (const auto& [path, use] : marker.trace().files) {
      if (name_of(path) != kInit) continue;
      const std::string library(parent_of(std::string_view(path).substr(1)));
      for (const IndexEntry* child :
           marker.index().children(join_path(library, table.directory))) {
        std::string_view name = name_of(child->path);
        if (!name.ends_with(table.ending)) continue;
        name.remove_suffix(table.ending.size());
        if (has_word(text, name)) marker.mark(*child, {"tcl-table", absolute(source.path)});
      }
    }
  }
}

}  // namespace

Result<void> tcl_sources(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  if (!entry.path.ends_with(".tcl") && !entry.path.ends_with(".tm")) {
    SLIM_TRY(const bool script, is_script_of(marker, entry, "tclsh"));
    if (!script) return {};
  }
  const bool ran = marker.opened(entry) || marker.executed(entry);
  if (ran && name_of(entry.path) == kInit) {
    keep_library(marker, entry);
    return {};
  }
  if (!ran && !marker.own(entry) && !marker.state<TclState>().loaded.contains(&entry)) return {};
  // Reading indexes ends what the text is valid for.
  SLIM_TRY(const std::string_view read, marker.text(entry));
  const std::string text(read);
  for (const std::string& package : tcl_requires_of(text))
    SLIM_CHECK(want(marker, package, entry));
  for (const std::string& file : tcl_sources_of(text)) {
    const std::string path =
        file.starts_with('/') ? file : join_path(absolute(parent_of(entry.path)), file);
    const rootfs::Resolution found = marker.index().resolve(path);
    if (found.outcome == rootfs::Resolution::Outcome::found)
      load(marker, *found.entry, {"tcl-source", absolute(entry.path)});
  }
  keep_tables(marker, entry, text);
  return {};
}

// tclsh8.6 has its library in a directory tcl8.6.
Result<void> tcl_interpreter(Marker& marker, const IndexEntry& program) {
  constexpr std::string_view kProgram = "tclsh";
  const std::string version(name_of(program.path).substr(kProgram.size()));
  const std::string init = join_path("/tcl" + version, kInit);
  for (const auto& [path, entry] : marker.index().entries()) {
    if (!path.ends_with(init)) continue;
    for (const IndexEntry* child : marker.index().children(parent_of(path)))
      if (child->path.ends_with(".tcl") || name_of(child->path) == "tclIndex")
        load(marker, *child, {"tcl-library", absolute(program.path)});
  }
  return {};
}

}  // namespace slim::keepset::rules
