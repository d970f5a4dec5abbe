// SPDX-License-Identifier: Apache-2.0
// The content-addressed layer store: each layer unpacked once, keyed by diffID, safe under
// concurrent runs and after kill -9. Also the home of per-run scratch directories.
//
//   DIR/layers/sha256-<hex>/diff    the layer as an overlayfs lower directory
//   DIR/layers/sha256-<hex>/index   its entries with the attributes as the tar had them
//   DIR/runs/<id>/                  scratch of a run (upper, work, bundle), locked while it lives
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "slim/base/file.hpp"
#include "slim/base/interrupt.hpp"
#include "slim/base/progress.hpp"
#include "slim/image/image.hpp"
#include "slim/rootfs/index.hpp"

namespace slim::rootfs {

struct StoredLayer {
  Digest diff_id;
  std::string directory;            // overlayfs lower directory
  std::vector<image::Entry> entries;  // as in the tar (or as found in an engine's directory)
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
  // $XDG_CACHE_HOME/slim otherwise. Removes scratch of runs whose owner is gone; the names of the
  // runs it found dead are in `stale_runs()` (their containers may have to be deleted first).
  static Result<Store> open(std::string directory = {});

  const std::string& directory() const { return directory_; }

  // Unpacks the layer unless it is there, and protects it from prune for this process's life.
  Result<StoredLayer> ensure(const image::Image& image, size_t layer, const Interrupt& interrupt,
                             Progress* progress);
  // Removes one layer (used for the slim image's own, after its verification).
  Result<void> forget(const Digest& diff_id);

  // A scratch directory for this run. Removed when the handle goes; if the process dies it stays
  // until the next collect_stale_runs().
  class Run {
   public:
    Run(Run&&) noexcept = default;
    ~Run();
    const std::string& id() const { return id_; }  // "slim-<hex>", also the container id
    const std::string& directory() const { return directory_; }

   private:
    friend class Store;
    Run(std::string id, std::string directory, FileLock lock)
        : id_(std::move(id)), directory_(std::move(directory)), lock_(std::move(lock)) {}
    std::string id_, directory_;
    std::optional<FileLock> lock_;
  };
  Result<Run> new_run();

  // Runs whose owner died: `clean` is called with id and directory (to delete the container), then
  // the directory is removed.
  Result<void> collect_stale_runs(
      const std::function<void(const std::string& id, const std::string& directory)>& clean);

  Result<std::vector<CacheItem>> list() const;
  // Removes layers not used for `older_than` seconds (0: all not in use); the bytes freed.
  Result<uint64_t> prune(int64_t older_than);

 private:
  explicit Store(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;
  std::vector<FileLock> held_;  // shared locks on layers in use
};

}  // namespace slim::rootfs
