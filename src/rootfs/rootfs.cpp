// SPDX-License-Identifier: Apache-2.0
#include "slim/rootfs/rootfs.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "slim/base/path.hpp"
#include "slim/rootfs/merge.hpp"

namespace slim::rootfs {

namespace {

// Unpacking is mostly the kernel's work on one file after the other, so two at a time help; more
// only make the disk seek.
constexpr size_t kThreads = 2;

// Adds up what several layers report about themselves.
struct Sum {
  Progress* to;
  std::atomic<uint64_t> bytes{0}, files{0};
};
class LayerProgress : public Progress {
 public:
  explicit LayerProgress(Sum& sum) : sum_(sum) {}
  void advance(uint64_t done, uint64_t, uint64_t files) override {
    const uint64_t bytes_now = sum_.bytes += done - std::exchange(bytes_, done);
    const uint64_t files_now = sum_.files += files - std::exchange(files_, files);
    if (sum_.to != nullptr) sum_.to->advance(bytes_now, 0, files_now);
  }

 private:
  Sum& sum_;
  uint64_t bytes_ = 0, files_ = 0;
};

}  // namespace

Result<std::vector<StoredLayer>> Rootfs::store_layers(Store& store, const image::Image& image,
                                                      const Interrupt& interrupt,
                                                      Progress* progress) {
  const size_t count = image.layers.size();
  std::vector<std::optional<Result<StoredLayer>>> results(count);
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  Sum sum{progress};
  const auto work = [&] {
    for (size_t i = next++; i < count && !failed; i = next++) {
      LayerProgress part(sum);
      results[i] = store.ensure(image, i, interrupt, &part);
      if (!*results[i]) failed = true;
    }
  };
  std::vector<std::thread> helpers;
  for (size_t i = 1; i < std::min(kThreads, count); ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();

  std::vector<StoredLayer> layers;
  for (auto& result : results) {
    if (!result) continue;  // another failed before it was begun
    if (!*result) return tl::unexpected<Error>(std::move(*result).error());
    layers.push_back(std::move(**result));
  }
  return layers;
}

Result<Rootfs> Rootfs::open(Store& store, const image::Image& image, const Interrupt& interrupt,
                            Progress* progress) {
  SLIM_TRY(std::vector<StoredLayer> layers, store_layers(store, image, interrupt, progress));
  return of(std::move(layers));
}

Result<Rootfs> Rootfs::of(std::vector<StoredLayer> layers) {
  Rootfs rootfs;
  std::vector<std::vector<image::Entry>> entries;
  for (StoredLayer& layer : layers) {
    SLIM_TRY(Fd root, open_file(layer.directory, O_PATH | O_DIRECTORY));
    rootfs.roots_.push_back(std::move(root));
    rootfs.directories_.push_back(std::move(layer.directory));
    rootfs.unpacked_layers_ += layer.fresh ? 1 : 0;
    for (const image::Entry& entry : layer.entries)
      if (entry.type == image::EntryType::file) rootfs.layer_bytes_ += entry.size;
    entries.push_back(std::move(layer.entries));
  }
  SLIM_TRY(Merged merged, merge_layers(std::move(entries)));
  rootfs.index_ = std::move(merged.index);
  rootfs.implied_ = std::move(merged.implied);
  rootfs.bottom_ = merged.bottom;
  return rootfs;
}

Result<Fd> Rootfs::open_content(const IndexEntry& entry) const {
  const std::string name = "'" + escape_bytes(entry.path) + "'";
  if (entry.type != image::EntryType::file || entry.layer >= roots_.size())
    return fail(ErrorCode::internal, name + " is not a file of the image");
  const Fd& root = roots_[entry.layer];
  // An engine's layer should not even get new access times; only the owner may ask for that.
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
  Result<Fd> file = open_beneath(root, entry.path, kFlags | O_NOATIME);
  if (!file && file.error().code() == ErrorCode::permission)
    file = open_beneath(root, entry.path, kFlags);
  if (!file) return tl::unexpected<Error>(std::move(file).error().context("in a stored layer"));
  struct stat status;
  if (::fstat(file->get(), &status) != 0) return fail_errno(name);
  if (!S_ISREG(status.st_mode) || static_cast<uint64_t>(status.st_size) != entry.size)
    return fail(ErrorCode::io, name + " is not what it was when its layer was stored in " +
                                   directories_[entry.layer] + "; somebody changed it there");
  return file;
}

}  // namespace slim::rootfs
