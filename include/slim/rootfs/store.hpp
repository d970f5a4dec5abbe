// SPDX-License-Identifier: Apache-2.0
// The content-addressed layer store: each layer unpacked once, keyed by diffID, safe under
// concurrent runs and after kill -9. Also the home of per-run scratch directories.
//
//   DIR/layers/sha256-<hex>/diff    the layer as an overlayfs lower directory
//   DIR/layers/sha256-<hex>/index   its entries with the attributes as the tar had them
//   DIR/layers/sha256-<hex>/checked the blobs that were seen to have the right digest, as
//                                   image::LayerSource::layer_state() names them
//   DIR/layers/sha256-<hex>.tmp/    a layer being unpacked; renamed when it is complete
//   DIR/locks/sha256-<hex>.use      flock(2) shared by every process that uses the layer; its time
//                                   is when the layer was used last
//   DIR/locks/sha256-<hex>.unpack   flock(2) of the process that unpacks it
//   DIR/runs/<id>/                  scratch of a run (upper, work, bundle)
//   DIR/runs/<id>.lock              flock(2) of the process whose run it is
//   DIR/read-<random>/              copies of what had to be copied to be read; its own flock(2)
//
// Only the owner may look into layers/ and runs/: they hold setuid programs of foreign images. A
// rename comes after everything else, so a kill at any moment leaves a layer complete or absent;
// nothing is synced, since after a power cut the layer's checksum or the image has it again.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "slim/base/fd.hpp"
#include "slim/base/file.hpp"
#include "slim/base/interrupt.hpp"
#include "slim/base/progress.hpp"
#include "slim/image/image.hpp"
#include "slim/rootfs/index.hpp"

namespace slim::rootfs {

struct StoredLayer {
  Digest diff_id;
  std::string directory;            // overlayfs lower directory
  // As the layer stands once all of its tar is applied: sorted by path, the last of entries with
  // the same path, hard links to the first of their paths, whiteouts as .wh. files, directories
  // that the tar only implies left out.
  std::vector<image::Entry> entries;
  bool fresh = false;               // unpacked by this call
};

struct CacheItem {
  Digest diff_id;
  uint64_t bytes = 0;
  uint64_t files = 0;
  int64_t last_used = 0;  // seconds since the epoch
  bool in_use = false;
};

class Store {
 public:
  // Opens or makes the store. `directory` empty: $SLIM_CACHE_DIR, else /var/cache/slim as root and
  // $XDG_CACHE_HOME/slim (or ~/.cache/slim) otherwise. Removes what dead processes left half
  // unpacked or copied; their runs are for collect_stale_runs().
  static Result<Store> open(std::string directory = {});
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  const std::string& directory() const;

  // Unpacks the layer unless it is there, when what a file of the user's has of it is only checked
  // against its digest, once for each file; and protects it from prune for this object's life. A
  // layer that an engine keeps in a directory is used there, only read. Any thread.
  // Errors: those of the image's stream; `image` for a hostile tar; `no_space`; `unsupported` when
  // the store's file system cannot hold an attribute; `interrupted`. Nothing half-written is left.
  Result<StoredLayer> ensure(const image::Image& image, size_t layer, const Interrupt& interrupt,
                             Progress* progress);
  // Removes one layer (used for the slim image's own, after its verification), unless another
  // process uses it. Nothing of it may be mounted or open here.
  Result<void> forget(const Digest& diff_id);

  // A directory for copies of images. Removed when the handle goes; if the process dies it stays
  // until the next open().
  struct Scratch {
    FileLock lock;  // goes after the directory has gone
    TempDir directory;
  };
  Result<Scratch> new_scratch();

  // A scratch directory for this run. Removed when the handle goes; if the process dies it stays
  // until the next collect_stale_runs().
  class Run {
   public:
    Run(Run&& other) noexcept;
    Run& operator=(Run&&) = delete;
    ~Run();
    const std::string& id() const { return id_; }  // "slim-<hex>", also the container id
    const std::string& directory() const { return directory_; }

   private:
    friend class Store;
    Run(std::string id, std::string directory, Fd lock)
        : id_(std::move(id)), directory_(std::move(directory)), lock_(std::move(lock)) {}
    std::string id_, directory_;
    Fd lock_;
  };
  Result<Run> new_run();

  // Runs whose owner died: `clean` is called with id and directory (to delete the container), then
  // the directory is removed.
  Result<void> collect_stale_runs(
      const std::function<void(const std::string& id, const std::string& directory)>& clean);

  Result<std::vector<CacheItem>> list() const;
  // Removes layers not used for `older_than` seconds (0: all not in use); the bytes freed. Layers
  // that any process uses stay, this one's included.
  Result<uint64_t> prune(int64_t older_than);

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace slim::rootfs
