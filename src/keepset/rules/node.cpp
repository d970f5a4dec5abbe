// SPDX-License-Identifier: Apache-2.0
// Node.js packages: the package.json that tells what a directory is, and the modules that a used
// module requires, many of them only when a function is called.
#include "keepset/node_modules.hpp"
#include "keepset/rules.hpp"
#include "keepset/shebang.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

struct NodeState {
  EntrySet imported;  // kept by this rule
};

bool is_javascript(std::string_view path) {
  return path.ends_with(".js") || path.ends_with(".cjs") || path.ends_with(".mjs");
}

}  // namespace

Result<void> node_package(Marker& marker, const IndexEntry& entry) {
  const bool module = is_javascript(entry.path) || entry.path.ends_with(".node");
  if (!is_file(entry) || !module) return {};
  if (const IndexEntry* json = node_package_of(marker.index(), entry.path)) {
    marker.mark(*json, {"node-package", absolute(entry.path)});
  }
  return {};
}

Result<void> node_imports(Marker& marker, const IndexEntry& entry) {
  auto& state = marker.state<NodeState>();
  const bool ran = marker.opened(entry) || marker.executed(entry);
  if (!is_file(entry) || !(is_javascript(entry.path) || marker.executed(entry))) return {};
  if (!ran && !state.imported.contains(&entry)) return {};
  if (!is_javascript(entry.path)) {
    // Without the ending, as in node_modules/.bin.
    SLIM_TRY(const bool script, is_script_of(marker, entry, "node"));
    if (!script) return {};
  }
  SLIM_TRY(const std::string_view source, marker.text(entry));
  for (const std::string& specifier : node_specifiers_of(source)) {
    SLIM_TRY(const auto files, node_resolve(marker, specifier, entry.path));
    for (const IndexEntry* file : files) {
      const Reason reason{"node-import", absolute(entry.path)};
      if (is_symlink(*file)) {
        const IndexEntry* target = marker.mark_path(file->path, reason);
        if (target != nullptr) state.imported.insert(target);
      } else {
        state.imported.insert(file);
        marker.mark(*file, reason);
      }
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
