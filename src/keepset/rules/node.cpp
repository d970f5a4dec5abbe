// SPDX-License-Identifier: Apache-2.0
// Node.js packages: the package.json that tells what a directory is, and the modules that a used
// module requires, many of them only when a function is called.
#include "keepset/node_modules.hpp"
#include "keepset/node_source.hpp"
#include "keepset/rules.hpp"
#include "keepset/shebang.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Of a directory of translations, rules, formats.
constexpr size_t kMostModules = 256;
constexpr uint64_t kMostModuleBytes = 1u << 20;

struct NodeState {
  EntrySet imported;  // kept by this rule
  EntrySet packages;  // package.json of those whose addons are kept
};

bool is_javascript(std::string_view path) {
  return path.ends_with(".js") || path.ends_with(".cjs") || path.ends_with(".mjs");
}

// The modules in a directory that names are put after at run time, all or none.
std::vector<const IndexEntry*> modules_in(const Index& index, const std::string& directory) {
  std::vector<const IndexEntry*> modules;
  uint64_t bytes = 0;
  const rootfs::Resolution found = index.resolve(directory);
  if (found.outcome != rootfs::Resolution::Outcome::found) return modules;
  for (const IndexEntry* file : index.children(found.entry->path)) {
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

// Programs that load a package's native addon look for it in several places when they are first
// called for, by names that no require() shows (node-gyp-build, bindings).
void keep_addons(Marker& marker, const IndexEntry& package_json) {
  if (!marker.state<NodeState>().packages.insert(&package_json).second) return;
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
}

}  // namespace

Result<void> node_package(Marker& marker, const IndexEntry& entry) {
  const bool module = is_javascript(entry.path) || entry.path.ends_with(".node");
  if (!is_file(entry) || !module) return {};
  if (const IndexEntry* json = node_package_of(marker.index(), entry.path)) {
    marker.mark(*json, {"node-package", absolute(entry.path)});
    keep_addons(marker, *json);
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
  for (const std::string& specifier : node_specifiers_of(source)) {
    SLIM_TRY(const auto files, node_resolve(marker, specifier, entry.path));
    for (const std::string& file : files) {
      if (const IndexEntry* target = marker.mark_path(file, reason)) state.imported.insert(target);
    }
  }
  for (const std::string& directory : directories) {
    for (const IndexEntry* file :
         modules_in(marker.index(), join_path(parent_of(entry.path), directory))) {
      state.imported.insert(file);
      marker.mark(*file, reason);
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
