// SPDX-License-Identifier: Apache-2.0
// Guile loads a module, as source and as compiled code from another directory, when it is first
// used. The modules that the application's own sources name are kept, with those that these name.
#include <utility>

#include "keepset/rules.hpp"
#include "keepset/scheme_source.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// What every Guile begins with, below each directory of %load-path and %load-compiled-path that it
// brings.
constexpr std::string_view kFirst[] = {"ice-9/boot-9.scm", "ice-9/boot-9.go"};
constexpr std::string_view kEndings[] = {".scm", ".go"};
// Where else they are, beside those directories: "guile/3.0" and "guile/site/3.0".
constexpr std::string_view kSites[] = {"../site", "../site-ccache"};

struct GuileState {
  bool known = false;
  std::set<std::string> roots;
  std::set<std::string> wanted;
};

void find_roots(const Index& index, GuileState& state) {
  if (std::exchange(state.known, true)) return;
  for (const auto& [path, entry] : index.entries()) {
    for (const std::string_view first : kFirst) {
      if (!path.ends_with(first) || !is_file(entry)) continue;
      const std::string root = path.substr(0, path.size() - first.size() - 1);
      state.roots.insert(root);
      for (const std::string_view site : kSites) {
        const std::string beside = clean_path(absolute(join_path(root, site))).substr(1);
        state.roots.insert(beside);
        state.roots.insert(join_path(beside, name_of(root)));
      }
    }
  }
}

Result<void> want(Marker& marker, const std::string& first, const IndexEntry& by) {
  auto& state = marker.state<GuileState>();
  std::vector<std::string> waiting{first};
  while (!waiting.empty()) {
    const std::string module = std::move(waiting.back());
    waiting.pop_back();
    if (!state.wanted.insert(module).second) continue;
    for (const std::string& root : state.roots) {
      for (const std::string_view ending : kEndings) {
        const IndexEntry* file =
            marker.index().find(join_path(root, module) + std::string(ending));
        if (file == nullptr || !is_file(*file)) continue;
        marker.mark(*file, {"guile-module", absolute(by.path)});
        if (ending != ".scm") continue;
        SLIM_TRY(const std::string_view text, marker.text(*file));
        for (const std::string& other : scheme_modules_of(text)) waiting.push_back(other);
      }
    }
  }
  return {};
}

}  // namespace

Result<void> guile_modules(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !entry.path.ends_with(".scm") || !marker.own(entry)) return {};
  SLIM_TRY(const std::string_view text, marker.text(entry));
  const auto named = scheme_modules_of(text);
  find_roots(marker.index(), marker.state<GuileState>());
  for (const std::string& module : named) SLIM_CHECK(want(marker, module, entry));
  return {};
}

}  // namespace slim::keepset::rules
