// SPDX-License-Identifier: Apache-2.0
// Node.js packages: the package.json that tells what a directory is, and the modules that a used
// module requires, many of them only when a function is called.
#include "keepset/node_modules.hpp"
#include "keepset/node_source.hpp"
#include "keepset/rules.hpp"
#include "keepset/shebang.hpp"
#include "keepset/text.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Of a directory of translations, rules, formats.
constexpr size_t kMostModules = 256;
constexpr uint64_t kMostModuleBytes = 1u << 20;
// Of a directory that a module names as a whole.
constexpr uint64_t kMostNeighbourBytes = 4u << 20;

struct NodeState {
  EntrySet imported;  // kept by this rule
  EntrySet packages;  // package.json of those whose addons are kept
};

bool is_javascript(std::string_view path) {
  return path.ends_with(".js") || path.ends_with(".cjs") || path.ends_with(".mjs");
}

// The modules in a directory that names are put after at run time, all or none.
std::vector<const IndexEntry*> modules_in(const Index& index, const IndexEntry& directory) {
  std::vector<const IndexEntry*> modules;
  uint64_t bytes = 0;
  for (const IndexEntry* file : index.children(directory.path)) {
    if (!is_file(*file) || !(is_javascript(file->path) || file->path.ends_with(".json"))) continue;
    modules.push_back(file);
    bytes += file->size;
  }
  if (modules.size() > kMostModules || bytes > kMostModuleBytes) modules.clear();
  return modules;
}

// Of the builds that a package brings for many systems ("prebuilds/linux-x64/", prebuildify's
// convention) those for this one; anything else may be it.
bool is_for_machine(std::string_view path, const trace::Trace& trace) {
  constexpr std::string_view kPrebuilds = "prebuilds/";
  const size_t at = path.find(kPrebuilds);
  if (at == std::string_view::npos) return true;
  const std::string_view arch = trace.architecture == "aarch64" ? "arm64" : "x64";
  std::string_view system = path.substr(at + kPrebuilds.size());
  system = system.substr(0, system.find('/'));
  return system.starts_with("linux") && system.find(arch) != std::string_view::npos;
}

// Whether a literal in a source is the name of a file, alone or at the end of a path.
bool has_name(std::string_view source, std::string_view name) {
  constexpr std::string_view kQuotes = "\"'`";
  for (size_t at = source.find(name); at != std::string_view::npos; at = source.find(name, at + 1)) {
    const size_t end = at + name.size();
    if (at > 0 && (source[at - 1] == '/' || kQuotes.find(source[at - 1]) != kQuotes.npos) &&
        end < source.size() && kQuotes.find(source[end]) != kQuotes.npos)
      return true;
  }
  return false;
}

// The files in a directory that a module names, and whose names it has by themselves.
Result<void> keep_named(Marker& marker, const IndexEntry& module, const IndexEntry& directory,
                        const Reason& reason) {
  SLIM_TRY(const std::string_view source, marker.text(module));
  for (const IndexEntry* file : marker.index().children(directory.path))
    if (is_file(*file) && has_name(source, name_of(file->path))) marker.mark(*file, reason);
  return {};
}

// A directory that a module names as a whole: pages, tables, a database. Of one that is not small
// only what is named, too.
Result<void> keep_directory(Marker& marker, const IndexEntry& module, const IndexEntry& directory,
                            const Reason& reason) {
  // The module's own, or a package's as a whole, of which there are more precise names.
  const Index& index = marker.index();
  if (module.path.starts_with(directory.path + "/") || name_of(directory.path) == "node_modules" ||
      index.find(join_path(directory.path, "package.json")) != nullptr)
    return {};
  const auto below = index.below(directory.path);
  uint64_t bytes = 0;
  for (const IndexEntry* entry : below) bytes += entry->size;
  if (below.size() <= kMostModules && bytes <= kMostNeighbourBytes) {
    marker.mark_tree(directory, reason);
    return {};
  }
  return keep_named(marker, module, directory, reason);
}

// What a module names of its neighbours, not as modules or put together at run time.
Result<void> keep_neighbours(Marker& marker, const IndexEntry& module,
                             const std::vector<std::string>& names, const Reason& reason) {
  auto& state = marker.state<NodeState>();
  for (const std::string& name : names) {
    SLIM_TRY(const auto files, node_resolve(marker, name, module.path));
    for (const std::string& file : files) {
      if (const IndexEntry* target = marker.mark_path(file, reason)) state.imported.insert(target);
    }
    if (const IndexEntry* directory = node_directory(marker.index(), name, module.path))
      SLIM_CHECK(keep_directory(marker, module, *directory, reason));
  }
  return {};
}

// Programs that load a package's native addon look for it in several places when they are first
// called for, by names that no require() shows (node-gyp-build, bindings, napi-rs).
Result<void> keep_addons(Marker& marker, const IndexEntry& package_json) {
  if (!marker.state<NodeState>().packages.insert(&package_json).second) return {};
  const std::string_view directory = parent_of(package_json.path);
  for (const IndexEntry* file : marker.index().below(directory)) {
    const std::string_view inner = std::string_view(file->path).substr(directory.size());
    if (!is_file(*file) || !inner.ends_with(".node") ||
        inner.find("/node_modules/") != std::string_view::npos ||
        inner.find("/obj.target/") != std::string_view::npos ||
        !is_for_machine(inner, marker.trace()))
      continue;
    marker.mark(*file, {"node-package", absolute(package_json.path)});
  }
  SLIM_TRY(const auto natives, node_native_packages(marker, package_json));
  for (const IndexEntry* native : natives) {
    const Reason reason{"node-package", absolute(package_json.path)};
    marker.mark(*native, reason);
    SLIM_TRY(const auto files, node_entry_points(marker, *native));
    for (const std::string& file : files) marker.mark_path(file, reason);
    SLIM_CHECK(keep_addons(marker, *native));
  }
  return {};
}

}  // namespace

Result<void> node_package(Marker& marker, const IndexEntry& entry) {
  const bool module = is_javascript(entry.path) || entry.path.ends_with(".node");
  if (!is_file(entry) || !module) return {};
  if (const IndexEntry* json = node_package_of(marker.index(), entry.path)) {
    marker.mark(*json, {"node-package", absolute(entry.path)});
    SLIM_CHECK(keep_addons(marker, *json));
  }
  return {};
}

Result<void> node_imports(Marker& marker, const IndexEntry& entry) {
  auto& state = marker.state<NodeState>();
  const bool ran = marker.opened(entry) || marker.executed(entry);
  if (!is_file(entry) || !(is_javascript(entry.path) || marker.executed(entry))) return {};
  if (!ran && !state.imported.contains(&entry) && !marker.own(entry)) return {};
  if (!is_javascript(entry.path)) {
    // Without the ending, as in node_modules/.bin.
    SLIM_TRY(const bool script, is_script_of(marker, entry, "node"));
    if (!script) return {};
  }
  SLIM_TRY(const std::string_view source, marker.text(entry));
  const Reason reason{"node-import", absolute(entry.path)};
  const auto directories = node_directories_of(source);
  const auto neighbours = node_neighbours_of(source);
  for (const std::string& specifier : node_specifiers_of(source)) {
    SLIM_TRY(const auto files, node_resolve(marker, specifier, entry.path));
    for (const std::string& file : files) {
      if (const IndexEntry* target = marker.mark_path(file, reason)) state.imported.insert(target);
    }
  }
  SLIM_CHECK(keep_neighbours(marker, entry, neighbours, reason));
  for (const std::string& name : directories) {
    const IndexEntry* directory = node_directory(marker.index(), name, entry.path);
    if (directory == nullptr) continue;
    for (const IndexEntry* file : modules_in(marker.index(), *directory)) {
      state.imported.insert(file);
      marker.mark(*file, reason);
    }
    SLIM_CHECK(keep_named(marker, entry, *directory, reason));
  }
  return {};
}

// Modules of its own that a distribution has as files beside it, by paths that are built in.
Result<void> node_interpreter(Marker& marker, const IndexEntry& file) {
  SLIM_TRY(const std::string_view content, marker.content(file));
  for (const std::string& path : built_in_paths(content, "nodejs"))
    if (is_javascript(path)) marker.mark_if_there(path, {"node-import", absolute(file.path)});
  return {};
}

Result<bool> node_inline(Marker& marker, const IndexEntry& by, const InlineSource& source) {
  auto specifiers = node_specifiers_of(source.code);
  specifiers.insert(specifiers.end(), source.modules.begin(), source.modules.end());
  for (const std::string& specifier : specifiers) {
    SLIM_TRY(const auto files, node_resolve(marker, specifier, by.path));
    for (const std::string& file : files)
      if (const IndexEntry* target = marker.mark_path(file, {"node-import", absolute(by.path)}))
        marker.state<NodeState>().imported.insert(target);
  }
  return true;
}

}  // namespace slim::keepset::rules
