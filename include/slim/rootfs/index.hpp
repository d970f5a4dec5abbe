// SPDX-License-Identifier: Apache-2.0
// The merged view of an image's layers, in memory: what a container of the image would see, with
// whiteouts and opaque directories applied (OCI image-spec layer.md#whiteouts).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/image/entry.hpp"

namespace slim::rootfs {

struct IndexEntry : image::Entry {
  uint32_t layer = 0;       // which layer's data it is; 0 is the base
  uint64_t link_group = 0;  // entries with the same non-zero group are one file (hard links)
};

// How a path was resolved, as the kernel would do it in a container of this image
// (path_resolution(7)).
struct Resolution {
  enum class Outcome { found, missing, not_a_directory, symlink_loop };
  Outcome outcome = Outcome::missing;
  // When found: what the path names. When not_a_directory: the file that stood in the way.
  const IndexEntry* entry = nullptr;
  // Every directory and symlink that exists and was passed on the way (the root included), in
  // order, without duplicates; also those before the point of failure. What the path itself names
  // is in it only if it was passed too ("a/.." passes a and names the root).
  std::vector<const IndexEntry*> passed;
  // What was left at the failure: the first missing component and the rest (missing), what was to
  // be looked up in the file (not_a_directory), the symlink too many and the rest (symlink_loop).
  std::string remainder;
};

class Index {
 public:
  using Map = std::map<std::string, IndexEntry, std::less<>>;

  // Adds or replaces; parents need not exist yet. Paths without leading slash, "" is the root.
  // In ascending order of path it is fastest. Nothing else changes: whoever puts a file where a
  // directory was says erase_below() too.
  void put(IndexEntry entry);
  void erase(std::string_view path);           // with all below it; not the root itself
  void erase_below(std::string_view path);     // only what is below it (opaque directory)

  const IndexEntry* find(std::string_view path) const;
  const Map& entries() const { return entries_; }
  // The entries directly in a directory, in ascending order.
  std::vector<const IndexEntry*> children(std::string_view directory) const;
  // All entries below a directory (without itself), in ascending order.
  std::vector<const IndexEntry*> below(std::string_view directory) const;
  // The hard-link peers of an entry, itself included.
  std::vector<const IndexEntry*> peers(const IndexEntry& entry) const;

  // Resolves an absolute or root-relative path; ".." at the root stays there. When
  // `follow_last` is false a final symlink is the result itself.
  Resolution resolve(std::string_view path, bool follow_last = true) const;

  uint64_t file_bytes() const;  // of regular files; hard links counted once

 private:
  using Groups = std::map<uint64_t, std::set<std::string, std::less<>>>;

  Map::iterator remove(Map::iterator entry);
  const IndexEntry* root() const;

  Map entries_;
  Groups groups_;  // paths by link_group
};

}  // namespace slim::rootfs
