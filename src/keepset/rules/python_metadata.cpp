// SPDX-License-Identifier: Apache-2.0
// Distributions are found by their metadata: importlib.metadata and pkg_resources look for
// versions, entry points and requirements. What a used module's distribution has of it is kept, and its
// small data files.
#include <algorithm>

#include "keepset/python_modules.hpp"
#include "keepset/python_sites.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Data files of a package (templates, certificates, tables) are kept if all of them together are
// not above this, else those directories of them that are not: some cloud libraries carry a hundred
// megabytes, and a framework's translations do not make its templates any less needed.
constexpr uint64_t kMostPackageData = 512u << 10;

constexpr std::string_view kNotData[] = {".py", ".pyc", ".pyi", ".so", ".pyx", ".pxd",
                                         ".c",  ".h",   ".cpp", ".a",  ".o",   ".po"};

struct SiteState {
  std::set<std::string> packages;  // done: SITE/MODULE
};

bool is_data(const rootfs::Index& index, const IndexEntry& entry) {
  const std::string_view path = entry.path;
  if (is_directory(entry) || path.find("/tests/") != std::string_view::npos) return false;
  // Links beside modules lead to what these read, further down to what browsers are given.
  if (!is_file(entry) && index.find(join_path(parent_of(path), "__init__.py")) == nullptr)
    return false;
  return !ends_with_one(path, kNotData);
}

// Of what a link leads to: distributions have data in usr/share and links to them.
uint64_t size_of(const rootfs::Index& index, const IndexEntry& entry) {
  const rootfs::Resolution found = index.resolve(entry.path);
  const bool there = found.outcome == rootfs::Resolution::Outcome::found && is_file(*found.entry);
  return there ? found.entry->size : 0;
}

// The directory a data file counts with: the one in the innermost package around it.
std::string_view group_of(const rootfs::Index& index, std::string_view path) {
  std::string_view group = parent_of(path);
  for (std::string_view up = group; index.find(join_path(up, "__init__.py")) == nullptr;) {
    if (up.empty()) return group;
    group = up;
    up = parent_of(up);
  }
  return group;
}

void keep_data(Marker& marker, const IndexEntry& package, const Reason& reason) {
  struct Group {
    std::vector<const IndexEntry*> data;
    uint64_t bytes = 0;
  };
  std::map<std::string_view, Group> groups;
  uint64_t bytes = 0;
  for (const IndexEntry* entry : marker.index().below(package.path)) {
    if (!is_data(marker.index(), *entry)) continue;
    Group& group = groups[group_of(marker.index(), entry->path)];
    group.data.push_back(entry);
    const uint64_t size = size_of(marker.index(), *entry);
    group.bytes += size;
    bytes += size;
  }
  for (const auto& [directory, group] : groups) {
    const bool small = group.bytes <= kMostPackageData;
    for (const IndexEntry* entry : group.data) {
      // Of translations there is one a language; without them texts are as they were written.
      if (bytes <= kMostPackageData || (small && !entry->path.ends_with(".mo")))
        marker.mark(*entry, reason);
    }
  }
}

}  // namespace

Result<void> python_metadata(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  const std::string_view directory = site_directory(entry.path);
  if (directory.empty()) return {};
  // Only modules: what is looked up beside them does not make a distribution used.
  const std::string_view path = entry.path;
  if (!path.ends_with(".py") && !path.ends_with(".so") && !path.ends_with(".pyc")) return {};
  std::string_view top = path;
  while (parent_of(top) != directory) top = parent_of(top);
  if (name_of(top) == "__pycache__") return {};  // the source is kept too
  if (!marker.state<SiteState>().packages.insert(std::string(top)).second) return {};
  const Reason reason{"python-metadata", absolute(entry.path)};
  const std::string_view module = name_of(top).substr(0, name_of(top).find('.'));
  SLIM_TRY(const auto metadata,
           marker.state<PythonSites>().metadata_of(marker, directory, module));
  for (const IndexEntry* each : metadata) marker.mark_tree(*each, reason);
  const IndexEntry* package = marker.index().find(top);
  if (package != nullptr && is_directory(*package)) {
    keep_data(marker, *package, {"python-data", absolute(entry.path)});
  }
  return {};
}

}  // namespace slim::keepset::rules
