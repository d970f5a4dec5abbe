// SPDX-License-Identifier: Apache-2.0
// --keep, --keep-package, --keep-from, --drop and the paths of a verification round.
#include <algorithm>

#include "keepset/packages.hpp"
#include "keepset/roots.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

bool is_glob(std::string_view pattern) {
  return pattern.find_first_of("*?[\\") != std::string_view::npos;
}

// The longest run of plain bytes in a pattern: what every match has to contain.
std::string_view longest_literal(std::string_view pattern) {
  std::string_view longest;
  size_t begin = 0;
  while (begin < pattern.size()) {
    size_t end = pattern.find_first_of("*?[\\", begin);
    if (end == std::string_view::npos) end = pattern.size();
    if (end - begin > longest.size()) longest = pattern.substr(begin, end - begin);
    if (end < pattern.size() && pattern[end] == '[') {
      const size_t close = pattern.find(']', end + 2);
      end = close == std::string_view::npos ? end : close;
    } else if (end < pattern.size() && pattern[end] == '\\') {
      ++end;
    }
    begin = end + 1;
  }
  return longest;
}

// The entries that a pattern names. One without special characters is a path first of all, and
// found through the symlinks on its way.
std::vector<const IndexEntry*> matches(const Index& index, std::string_view pattern) {
  while (pattern.size() > 1 && pattern.ends_with('/')) pattern.remove_suffix(1);
  std::vector<const IndexEntry*> found;
  if (pattern.empty()) return found;
  if (!is_glob(pattern)) {
    const rootfs::Resolution resolution = index.resolve(pattern, false);
    if (resolution.outcome == rootfs::Resolution::Outcome::found &&
        index.find(resolution.entry->path) != nullptr) {
      return {resolution.entry};
    }
  }
  std::string_view literal = longest_literal(pattern);
  while (literal.starts_with('/')) literal.remove_prefix(1);
  for (const auto& [path, entry] : index.entries()) {
    if (path.empty() || path.find(literal) == std::string::npos) continue;
    if (glob_match(pattern, path)) found.push_back(&entry);
  }
  return found;
}

tl::unexpected<Error> nothing_matches(std::string_view option, const std::string& what,
                                      std::string_view kind) {
  return fail(ErrorCode::usage, std::string(option) + " " + escape_bytes(what) +
                                    ": the image has no " + std::string(kind) + " of that name");
}

// A directory is kept with all below it, also when a symlink leads to it.
void keep_tree(Marker& marker, const IndexEntry& entry, const Reason& reason) {
  marker.mark_tree(entry, reason);
  if (!is_symlink(entry)) return;
  const rootfs::Resolution target = marker.index().resolve(entry.path);
  if (target.outcome == rootfs::Resolution::Outcome::found) marker.mark_tree(*target.entry, reason);
}

Result<void> keep_packages(Marker& marker) {
  const auto& names = marker.options().keep_packages;
  if (names.empty()) return {};
  SLIM_TRY(const auto* database, PackageDatabase::of(marker));
  for (const std::string& name : names) {
    const auto* files = database->files_of(name);
    if (files == nullptr) return nothing_matches("--keep-package", name, "package");
    for (const IndexEntry* entry : *files) marker.mark(*entry, {"keep-package", name});
  }
  return {};
}

}  // namespace

Result<void> mark_requested(Marker& marker) {
  const Options& options = marker.options();
  for (const std::string& pattern : options.drop) {
    if (matches(marker.index(), pattern).empty()) {
      return nothing_matches("--drop", pattern, "path");
    }
  }
  for (const std::string& pattern : options.keep) {
    const auto found = matches(marker.index(), pattern);
    if (found.empty()) return nothing_matches("--keep", pattern, "path");
    for (const IndexEntry* entry : found) keep_tree(marker, *entry, {"keep", pattern});
  }
  SLIM_CHECK(keep_packages(marker));
  for (const std::string& path : options.keep_from) {
    if (marker.mark_path(path, {"keep-from", path}) == nullptr) {
      return nothing_matches("--keep-from", path, "path");
    }
  }
  for (const std::string& path : options.repair) {
    const IndexEntry* entry = marker.mark_path(path, {"repair", "/" + path});
    if (entry != nullptr && is_file(*entry) && (entry->mode & 0111) != 0) {
      marker.note_executed(*entry);
    }
  }
  return {};
}

}  // namespace slim::keepset
