// SPDX-License-Identifier: Apache-2.0
// Lua loads a module when require() is first called with its name. Of the sources that ran, those of
// the application and what they load, all modules that are named are kept.
#include <algorithm>
#include <map>
#include <utility>

#include "keepset/lua_source.hpp"
#include "keepset/rules.hpp"
#include "keepset/settings.hpp"
#include "keepset/shebang.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Of a name space out of which a name is made at run time.
constexpr size_t kMostModules = 64;
constexpr uint64_t kMostModuleBytes = 512u << 10;

constexpr std::string_view kVariables[] = {"LUA_PATH", "LUA_CPATH"};

struct LuaState {
  std::set<std::string> templates;  // "/usr/share/lua/5.4/?.lua"
  std::map<std::string, const IndexEntry*> names;
  EntrySet loaded;
  EntrySet unread;  // of these, what was kept before
};

// The programs and libraries that Lua is in: lua5.4, liblua5.1.so.0, luajit, libluajit-5.1.so.2.
bool is_lua(const IndexEntry& entry) {
  const std::string_view name = name_of(entry.path);
  return name.starts_with("lua") || name.starts_with("liblua");
}

Result<bool> is_source(Marker& marker, const IndexEntry& entry) {
  if (entry.path.ends_with(".lua")) return true;
  return is_script_of(marker, entry, "lua");
}

void load(Marker& marker, const IndexEntry& file, const IndexEntry& by) {
  auto& state = marker.state<LuaState>();
  if (!is_file(file) || !state.loaded.insert(&file).second) return;
  if (!marker.mark(file, {"lua-require", absolute(by.path)})) state.unread.insert(&file);
}

void load_space(Marker& marker, const std::string& directory, std::string_view ending,
                const IndexEntry& by) {
  std::vector<const IndexEntry*> modules;
  uint64_t bytes = 0;
  for (const IndexEntry* child : marker.index().children(directory)) {
    if (!is_file(*child) || !child->path.ends_with(ending)) continue;
    modules.push_back(child);
    bytes += child->size;
  }
  if (modules.size() > kMostModules || bytes > kMostModuleBytes) return;
  for (const IndexEntry* module : modules) load(marker, *module, by);
}

// "./?.lua" is below the directory that the application was started in.
std::vector<std::string> places_of(const Marker& marker, const std::string& pattern) {
  if (pattern.starts_with('/')) return {pattern};
  std::vector<std::string> places;
  for (const std::string& directory : marker.config_directories())
    places.push_back(clean_path(join_path(absolute(directory), pattern)));
  return places;
}

void want(Marker& marker, const std::string& pattern, std::string name, const IndexEntry& by) {
  std::replace(name.begin(), name.end(), '.', '/');
  const size_t mark = pattern.find('?');
  const std::string_view ending = std::string_view(pattern).substr(mark + 1);
  std::string path = pattern.substr(0, mark) + name;
  const bool space = path.ends_with('/');
  if (!space) path += ending;
  const rootfs::Resolution found = marker.index().resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found) return;
  if (space) {
    load_space(marker, found.entry->path, ending, by);
  } else {
    marker.mark_path(path, {"lua-require", absolute(by.path)});
    load(marker, *found.entry, by);
  }
}

void want_all(Marker& marker) {
  auto& state = marker.state<LuaState>();
  for (const auto& [name, by] : state.names) {
    for (const std::string& pattern : state.templates) {
      for (const std::string& place : places_of(marker, pattern)) {
        want(marker, place, name, *by);
        // A library may hold the modules below its name, too: "a.b" in a.so.
        const size_t dot = name.find('.');
        if (dot != std::string::npos && place.ends_with(".so"))
          want(marker, place, name.substr(0, dot), *by);
      }
    }
  }
}

Result<void> read_names(Marker& marker, const IndexEntry& entry) {
  auto& state = marker.state<LuaState>();
  SLIM_TRY(const std::string_view text, marker.text(entry));
  state.templates.merge(lua_templates_of(text));
  for (const std::string& name : lua_requires_of(text)) state.names.emplace(name, &entry);
  return {};
}

}  // namespace

Result<void> lua_sources(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  auto& state = marker.state<LuaState>();
  if (is_lua(entry)) {
    SLIM_TRY(const std::string_view bytes, marker.content(entry));
    state.templates.merge(lua_templates_of(bytes));
  }
  SLIM_TRY(const bool source, is_source(marker, entry));
  const bool used = marker.opened(entry) || marker.executed(entry);
  // A program that has Lua in it may have sources in its settings.
  if (!source && !(used && is_settings(entry))) return {};
  if (!used && !marker.own(entry) && !state.loaded.contains(&entry)) return {};
  return read_names(marker, entry);
}

// Once it is known where modules are looked for.
Result<void> lua_requires(Marker& marker) {
  auto& state = marker.state<LuaState>();
  for (const std::string_view variable : kVariables)
    state.templates.merge(lua_templates_of(marker.environment(variable).value_or("")));
  want_all(marker);
  while (!state.unread.empty()) {
    for (const IndexEntry* source : std::exchange(state.unread, {}))
      if (source->path.ends_with(".lua")) SLIM_CHECK(read_names(marker, *source));
    want_all(marker);
  }
  return {};
}

}  // namespace slim::keepset::rules
