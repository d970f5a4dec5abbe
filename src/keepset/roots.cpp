// SPDX-License-Identifier: Apache-2.0
#include "keepset/roots.hpp"

#include <algorithm>
#include <set>

#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

std::string access_text(uint32_t access) {
  struct Bit {
    uint32_t bit;
    const char* text;
  };
  static constexpr Bit kBits[] = {{trace::kExecuted, "executed"}, {trace::kMapped, "mapped"},
                                  {trace::kRead, "read"},         {trace::kListed, "listed"},
                                  {trace::kWritten, "written"},   {trace::kCreated, "created"},
                                  {trace::kLookedUp, "looked up"}};
  std::string text;
  for (const Bit& bit : kBits) {
    if ((access & bit.bit) == 0) continue;
    if (!text.empty()) text += ", ";
    text += bit.text;
  }
  return text;
}

// The image's own part of the container's file system: all but what is mounted over it. A volume
// that the image declares counts as the image's: engines fill a new volume with what it has there.
class OwnPaths {
 public:
  OwnPaths(const Marker& marker, const std::vector<std::string>& argv0_roots) {
    std::set<std::string> roots;
    for (const std::string& root : argv0_roots) roots.insert(place(marker, root));
    for (const std::string& mount : marker.trace().mount_points) {
      const std::string path = place(marker, mount);
      if (!path.empty() && !roots.contains(path)) foreign_.push_back(path + "/");
    }
  }

  bool contains(std::string_view index_path) const {
    return std::none_of(foreign_.begin(), foreign_.end(),
                        [&](const std::string& mount) { return index_path.starts_with(mount); });
  }

 private:
  // Where a path is: mounts are told by their real place, images name volumes as they like.
  static std::string place(const Marker& marker, const std::string& path) {
    const rootfs::Resolution resolution = marker.index().resolve(path);
    return resolution.outcome == rootfs::Resolution::Outcome::found ? resolution.entry->path
                                                                    : clean_path(path).substr(1);
  }

  std::vector<std::string> foreign_;
};

// Keeps what a path passes and, unless it is on a mount, what it leads to.
const IndexEntry* mark_own(Marker& marker, const OwnPaths& own, std::string_view path,
                           const Reason& reason) {
  const rootfs::Resolution resolution = marker.index().resolve(path);
  // A file where a directory was looked for (ld.so asks for DIRECTORY/x86_64/LIBRARY, and
  // /usr/bin/x86_64 is a program) is missed as well when it is not there, nor the links to it.
  const bool in_the_way = resolution.outcome == rootfs::Resolution::Outcome::not_a_directory;
  for (const IndexEntry* passed : resolution.passed) {
    if (!own.contains(passed->path)) continue;
    if (in_the_way && is_symlink(*passed) &&
        marker.index().resolve(passed->path).entry == resolution.entry) {
      continue;
    }
    marker.mark(*passed, {is_symlink(*passed) ? "symlink" : "directory", reason.because});
  }
  if (resolution.outcome != rootfs::Resolution::Outcome::found) return nullptr;
  if (!own.contains(resolution.entry->path)) return nullptr;
  if (marker.index().find(resolution.entry->path) == nullptr) return nullptr;
  marker.mark(*resolution.entry, reason);
  return resolution.entry;
}

// The directories in which a file that the image does not have was used: it is made there again.
void mark_directories_of(Marker& marker, const OwnPaths& own, const std::string& path) {
  for (std::string_view up = parent_of(path); !up.empty(); up = parent_of(up)) {
    const IndexEntry* directory = marker.index().find(up);
    if (directory == nullptr || !own.contains(directory->path)) continue;
    marker.mark(*directory, {"directory", path});
    return;
  }
}

// What a loader tries below what it takes for a directory: NAME.so, lib*.so.1 (ld.so, in the
// directories of its search), __init__.py (Python, in each of sys.path).
bool is_loaders_name(std::string_view path) {
  const std::string_view name = name_of(path);
  return name.starts_with("__init__.") || name.find(".so") != std::string_view::npos;
}

// Whether a file was only looked up because a loader took it for a directory of libraries or for a
// package: /usr/bin/base64 for `import base64` of a script in /usr/bin. Missing, it is as little of
// a directory.
bool only_in_the_way(const Marker& marker, const std::string& path) {
  const rootfs::Resolution found = marker.index().resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found || !is_file(*found.entry)) return false;
  if (marker.trace().files.contains(absolute(found.entry->path))) return false;
  const auto& lookups = marker.trace().lookups;
  const std::string below = path + "/";
  auto each = lookups.lower_bound(below);
  const auto first = each;
  while (each != lookups.end() && each->first.starts_with(below)) {
    if (!is_loaders_name(each->first)) return false;
    ++each;
  }
  return each != first;
}

void mark_files(Marker& marker, const OwnPaths& own) {
  for (const auto& [path, use] : marker.trace().files) {
    std::string_view index_path = path;
    while (index_path.starts_with('/')) index_path.remove_prefix(1);
    if (!own.contains(index_path)) continue;
    const IndexEntry* entry = marker.index().find(index_path);
    if (entry == nullptr) {
      if (use.on_rootfs) mark_directories_of(marker, own, std::string(index_path));
      continue;
    }
    marker.mark(*entry, {"observed", access_text(use.access)});
  }
}

}  // namespace

void mark_roots(Marker& marker, const std::vector<std::string>& argv0_roots) {
  const OwnPaths own(marker, argv0_roots);
  mark_files(marker, own);
  for (const trace::ExecUse& exec : marker.trace().execs) {
    if (const IndexEntry* entry = mark_own(marker, own, exec.path, {"exec", exec.path})) {
      marker.note_executed(*entry);
    }
    if (const IndexEntry* entry = mark_own(marker, own, exec.file, {"exec", exec.path})) {
      marker.note_executed(*entry);
    }
  }
  for (const auto& [path, use] : marker.trace().lookups) {
    if (only_in_the_way(marker, path)) continue;
    // A path that is missing stays missing, but the way to where it is missing is kept: the error
    // would be another one, and what the program creates there needs its directory.
    mark_own(marker, own, path, {"lookup", path});
  }
  for (const std::string& root : argv0_roots) {
    if (const IndexEntry* entry = marker.mark_path(root, {"root", root})) {
      if (is_file(*entry)) marker.note_executed(*entry);
      if (is_directory(*entry)) marker.note_directory(*entry);
    }
  }
}

}  // namespace slim::keepset
