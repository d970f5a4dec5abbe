// SPDX-License-Identifier: Apache-2.0
// The merged view of an image's layers, in memory: what a container of the image would see, with
// whiteouts and opaque directories applied (OCI image-spec layer.md#whiteouts).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
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

// How a path was resolved, as the kernel would do it in a container of this image.
struct Resolution {
  enum class Outcome { found, missing, not_a_directory, symlink_loop };
  Outcome outcome = Outcome::missing;
  const IndexEntry* entry = nullptr;  // when found
  // Every directory and symlink that exists and was passed on the way, in order, without duplicates;
  // also those before the point of failure.
  std::vector<const IndexEntry*> passed;
  std::string remainder;  // what was left at the failure: the first missing component and the rest
};

class Index {
 public:
  using Map = std::map<std::string, IndexEntry, std::less<>>;

  // Adds or replaces; parents need not exist yet. Paths without leading slash, "" is the root.
  void put(IndexEntry entry);
  void erase(std::string_view path);           // with all below it
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

  uint64_t file_bytes() const;  // hard links counted once

 private:
  Map entries_;
};

}  // namespace slim::rootfs
