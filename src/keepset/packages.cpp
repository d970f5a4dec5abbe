// SPDX-License-Identifier: Apache-2.0
#include "keepset/packages.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

constexpr std::string_view kDpkgInfo = "var/lib/dpkg/info";
constexpr std::string_view kDpkgStatus = "var/lib/dpkg/status.d";
constexpr std::string_view kApkInstalled = "lib/apk/db/installed";

struct Known {
  std::optional<PackageDatabase> database;
};

}  // namespace

Result<const PackageDatabase*> PackageDatabase::of(Marker& marker) {
  auto& known = marker.state<Known>().database;
  if (!known) {
    PackageDatabase database;
    SLIM_CHECK(database.read_dpkg(marker));
    SLIM_CHECK(database.read_apk(marker));
    known = std::move(database);
  }
  return &*known;
}

void PackageDatabase::add(const Index& index, const std::string& package, std::string_view path) {
  auto& files = packages_[package];
  // The list says /lib/x where a merged /usr has it at /usr/lib/x; the last component itself may be
  // a symlink that the package ships. What the index has at the very path needs no resolving.
  const IndexEntry* entry = index.find(path.substr(path.starts_with('/') ? 1 : 0));
  if (entry == nullptr) {
    const rootfs::Resolution resolution = index.resolve(path, false);
    if (resolution.outcome != rootfs::Resolution::Outcome::found) return;
    entry = resolution.entry;
    if (index.find(entry->path) == nullptr) return;  // the root of an image that has none
  }
  files.push_back(entry);
  // A directory belongs to many packages and tells of none, nor does a link in its place (/lib).
  if (is_directory(*entry)) return;
  if (is_symlink(*entry)) {
    const rootfs::Resolution target = index.resolve(path);
    if (target.outcome == rootfs::Resolution::Outcome::found && is_directory(*target.entry)) return;
  }
  owners_.emplace(entry, package);
}

// deb-files: PACKAGE.list or PACKAGE:ARCH.list, a path a line. Distroless images have only
// status.d/PACKAGE.md5sums, "md5  path" a line.
Result<void> PackageDatabase::read_dpkg(Marker& marker) {
  for (const IndexEntry* list : marker.index().children(kDpkgInfo)) {
    std::string_view name = name_of(list->path);
    if (!name.ends_with(".list")) continue;
    name.remove_suffix(5);
    name = name.substr(0, name.find(':'));
    packages_[std::string(name)];
    SLIM_TRY(const std::string_view text, marker.text(*list));
    for (const std::string_view line : lines(text)) {
      if (line.starts_with('/') && line != "/.") add(marker.index(), std::string(name), line);
    }
  }
  for (const IndexEntry* list : marker.index().children(kDpkgStatus)) {
    std::string_view name = name_of(list->path);
    if (!name.ends_with(".md5sums")) continue;
    name.remove_suffix(8);
    SLIM_TRY(const std::string_view text, marker.text(*list));
    for (const std::string_view line : lines(text)) {
      const size_t gap = line.find("  ");
      if (gap != std::string_view::npos) {
        add(marker.index(), std::string(name), line.substr(gap + 2));
      }
    }
  }
  return {};
}

// apk-installed: "P:" starts a package, "F:" names a directory, "R:" a file in it.
Result<void> PackageDatabase::read_apk(Marker& marker) {
  const rootfs::Resolution found = marker.index().resolve(kApkInstalled);
  if (found.outcome != rootfs::Resolution::Outcome::found) return {};
  SLIM_TRY(const std::string_view text, marker.text(*found.entry));
  std::string package, directory;
  for (const std::string_view line : lines(text)) {
    if (line.starts_with("P:")) {
      package = line.substr(2);
      packages_[package];
    } else if (line.starts_with("F:")) {
      directory = line.substr(2);
      if (!directory.empty()) add(marker.index(), package, directory);
    } else if (line.starts_with("R:")) {
      add(marker.index(), package, join_path(directory, line.substr(2)));
    }
  }
  return {};
}

const std::vector<const IndexEntry*>* PackageDatabase::files_of(std::string_view package) const {
  const auto found = packages_.find(package);
  return found == packages_.end() ? nullptr : &found->second;
}

std::vector<std::string> PackageDatabase::owners(const IndexEntry& entry) const {
  std::vector<std::string> names;
  const auto [begin, end] = owners_.equal_range(&entry);
  for (auto owner = begin; owner != end; ++owner) names.push_back(owner->second);
  return names;
}

Result<void> mark_touched_packages(Marker& marker) {
  SLIM_TRY(const auto* database, PackageDatabase::of(marker));
  if (database->empty()) {
    marker.warn(
        "the image has no package database that is understood (dpkg, apk); the closure is "
        "that of `file`");
    return {};
  }
  std::set<std::string> touched;
  for (const auto& [path, entry] : marker.index().entries()) {
    if (!marker.kept(entry)) continue;
    for (std::string& owner : database->owners(entry)) touched.insert(std::move(owner));
  }
  for (const std::string& package : touched) {
    for (const IndexEntry* entry : *database->files_of(package)) {
      marker.mark(*entry, {"package", package});
    }
  }
  return {};
}

}  // namespace slim::keepset
