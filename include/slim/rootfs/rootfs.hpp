// SPDX-License-Identifier: Apache-2.0
// An image's file system: one index, one mountable tree, and the original bytes of every file.
#pragma once

#include <string>
#include <vector>

#include "slim/rootfs/index.hpp"
#include "slim/rootfs/store.hpp"

namespace slim::rootfs {

// Gives this process a mount namespace of its own (MS_SLAVE below), so that whatever slim mounts
// vanishes with it, kill -9 included. Call it once, before threads are started.
Result<void> enter_private_mount_namespace();

// A mounted overlay; unmounted when the handle goes.
class MountedTree {
 public:
  MountedTree(MountedTree&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~MountedTree();
  const std::string& path() const { return path_; }
  Result<void> unmount();

 private:
  friend class Rootfs;
  explicit MountedTree(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

class Rootfs {
 public:
  // Brings every layer into the store (or uses it in place) and merges the indexes.
  static Result<Rootfs> open(Store& store, const image::Image& image, const Interrupt& interrupt,
                             Progress* progress);

  const Index& index() const { return index_; }
  uint64_t unpacked_layers() const { return unpacked_layers_; }

  // The original content of a regular file of the index, open for reading.
  Result<Fd> open_content(const IndexEntry& entry) const;

  // Mounts the merged tree, writable, its changes going to `scratch`/upper; at `scratch`/rootfs.
  Result<MountedTree> mount(const std::string& scratch) const;

 private:
  Index index_;
  std::vector<std::string> directories_;
  std::vector<Fd> roots_;
  uint64_t unpacked_layers_ = 0;
};

}  // namespace slim::rootfs
