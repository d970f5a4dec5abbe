// SPDX-License-Identifier: Apache-2.0
// An image's file system: one index, one mountable tree, and the original bytes of every file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "slim/rootfs/index.hpp"
#include "slim/rootfs/store.hpp"

namespace slim::rootfs {

// Gives this process a mount namespace of its own (MS_SLAVE below), so that whatever slim mounts
// vanishes with it, kill -9 included. Call it once, before threads are started. `permission` when
// the process may not.
Result<void> enter_private_mount_namespace();

// A mounted overlay; unmounted when the handle goes.
class MountedTree {
 public:
  MountedTree(MountedTree&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~MountedTree();
  const std::string& path() const { return path_; }
  // Takes paths of the index out of the mounted tree, as if the image had never had them; what is in
  // a directory has to come before it. Error: `io`.
  Result<void> remove(const std::vector<std::string>& paths) const;
  Result<void> unmount();

 private:
  friend class Rootfs;
  explicit MountedTree(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

class Rootfs {
 public:
  // Brings every layer into the store (or uses it in place) and merges the indexes. The store must
  // outlive it: it keeps the layers from being pruned.
  static Result<Rootfs> open(Store& store, const image::Image& image, const Interrupt& interrupt,
                             Progress* progress);

  // The two halves of open(), for those who also need what each single layer holds. The layers are
  // in the order of the image.
  static Result<std::vector<StoredLayer>> store_layers(Store& store, const image::Image& image,
                                                       const Interrupt& interrupt,
                                                       Progress* progress);
  static Result<Rootfs> of(std::vector<StoredLayer> layers);

  const Index& index() const { return index_; }
  uint64_t unpacked_layers() const { return unpacked_layers_; }
  // Bytes of all layers' files, also of those that a later layer hides: what `docker images` shows.
  uint64_t layer_bytes() const { return layer_bytes_; }

  // The original content of a regular file of the index, open for reading; also of one that a later
  // layer hides, if `entry` is made from its layer's. Any thread. `io` when it
  // does not have the size it had: somebody changed the layer.
  Result<Fd> open_content(const IndexEntry& entry) const;

  // Mounts the merged tree, writable, at `scratch`/rootfs; what is changed in it goes to
  // `scratch`/upper. `scratch` exists, is empty, and is on a file system that overlayfs can write
  // to.
  // Errors: `permission`, `unsupported` (no overlayfs here, or not over this file system).
  Result<MountedTree> mount(const std::string& scratch) const;

 private:
  Rootfs() = default;

  Index index_;
  std::vector<std::string> directories_;  // of the layers, base first
  std::vector<Fd> roots_;                 // the same, open
  std::vector<std::string> implied_;      // see Merged
  size_t bottom_ = 0;                     // see Merged
  uint64_t unpacked_layers_ = 0;
  uint64_t layer_bytes_ = 0;
};

}  // namespace slim::rootfs
