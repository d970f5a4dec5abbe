// SPDX-License-Identifier: Apache-2.0
#include "slim/rootfs/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "rootfs/attributes.hpp"
#include "rootfs/index_file.hpp"
#include "rootfs/lock.hpp"
#include "rootfs/store_state.hpp"
#include "rootfs/unpack.hpp"
#include "rootfs/walk.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"

namespace slim::rootfs {

namespace {

constexpr std::string_view kTemporary = ".tmp";

Result<std::string> default_directory_of_store() {
  if (const char* chosen = std::getenv("SLIM_CACHE_DIR"); chosen != nullptr && *chosen != '\0')
    return std::string(chosen);
  if (privileged()) return std::string("/var/cache/slim");
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
    return join_path(cache, "slim");
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return join_path(home, ".cache/slim");
  return fail(ErrorCode::usage, "no place for the layer store: set SLIM_CACHE_DIR or HOME");
}

// A directory nobody else may look into, whoever made it.
Result<void> make_private_directory(const std::string& path) {
  SLIM_CHECK(make_directories(path, 0700));
  SLIM_TRY(const Fd fd, open_file(path, O_RDONLY | O_DIRECTORY));
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return fail_errno(path);
  if (status.st_uid != ::geteuid())
    return fail(ErrorCode::permission, "the layer store " + path + " belongs to another user");
  if ((status.st_mode & 077) != 0 && ::fchmod(fd.get(), 0700) != 0) return fail_errno(path);
  return {};
}

// What unpackers that died left behind.
Result<void> remove_unfinished(const std::string& directory) {
  SLIM_TRY(const auto names, names_in(directory + "/layers"));
  for (const std::string& name : names) {
    if (!name.ends_with(kTemporary)) continue;
    const std::string key = name.substr(0, name.size() - kTemporary.size());
    SLIM_TRY(const auto lock,
             try_lock_file(directory + "/locks/" + key + ".unpack", LockKind::exclusive));
    if (lock) SLIM_CHECK(remove_tree(directory + "/layers/" + name));
  }
  return {};
}

// Loads the index of a layer that is there. nullopt if there is none that can be used.
std::optional<LayerIndex> load(const std::string& layer) {
  auto bytes = read_file(layer + "/index");
  if (!bytes) return std::nullopt;
  auto index = decode_layer_index(*bytes);
  if (!index || (privileged() && !index->mountable)) return std::nullopt;
  return std::move(*index);
}

Result<LayerIndex> unpack(const image::Image& image, size_t layer, const std::string& into,
                          const Interrupt& interrupt, Progress* progress) {
  const std::string name = "layer " + std::to_string(layer + 1) + " of " +
                           std::to_string(image.layers.size()) + " (" +
                           image.layers[layer].diff_id.text().substr(0, 19) + ")";
  SLIM_TRY(auto stream, image.source->open_layer(layer));
  SLIM_TRY(image::LayerReader reader, image::LayerReader::open(std::move(stream), name));
  SLIM_CHECK(make_directories(into + "/diff", 0700));
  SLIM_TRY(const Fd root, open_file(into + "/diff", O_RDONLY | O_DIRECTORY));
  uint64_t bytes_so_far = 0, files_so_far = 0;
  const auto count = [&](uint64_t bytes, uint64_t files) {
    bytes_so_far += bytes;
    files_so_far += files;
    if (progress != nullptr) progress->advance(bytes_so_far, 0, files_so_far);
  };
  SLIM_TRY(UnpackedLayer unpacked, unpack_layer(reader, root, interrupt, count));
  LayerIndex index{privileged(), unpacked.bytes, std::move(unpacked.entries)};
  SLIM_TRY(const Fd file, open_file(into + "/index", O_WRONLY | O_CREAT | O_EXCL, 0600));
  SLIM_CHECK(write_all(file, encode_layer_index(index), into + "/index"));
  return index;
}

}  // namespace

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

const std::string& Store::directory() const { return state_->directory; }

Result<Store> Store::open(std::string directory) {
  if (directory.empty()) {
    SLIM_TRY(directory, default_directory_of_store());
  }
  if (!directory.starts_with('/')) {
    // Containers and mounts get paths below it, and they do not share our working directory.
    const std::unique_ptr<char, void (*)(void*)> here(::getcwd(nullptr, 0), ::free);
    if (!here) return fail_errno("cannot tell the working directory");
    directory = join_path(here.get(), directory);
  }
  SLIM_CHECK_CONTEXT(make_directories(directory), "the layer store");
  for (const char* part : {"layers", "locks", "runs"})
    SLIM_CHECK_CONTEXT(make_private_directory(directory + "/" + part), "the layer store");
  SLIM_CHECK_CONTEXT(remove_unfinished(directory), "the layer store");
  SLIM_CHECK_CONTEXT(remove_dead_scratch(directory), "the layer store");
  return Store(std::make_unique<State>(std::move(directory)));
}

namespace {

// A damaged image is refused although the store has what it ought to hold. What an engine or skopeo
// copied for this run they have checked.
Result<void> check_source(const image::Image& image, size_t layer, const std::string& place,
                          bool fresh, const Interrupt& interrupt) {
  using image::Transport;
  const Transport transport = image.reference.transport;
  if (transport != Transport::oci && transport != Transport::oci_archive &&
      transport != Transport::docker_archive)
    return {};
  constexpr size_t kEnough = 1u << 16;  // bytes of remembered states
  const std::string state = image.source->layer_state(layer), file = place + "/checked";
  const std::string known = "\n" + read_file(file).value_or("");
  if (!fresh && !state.empty() && known.find("\n" + state + "\n") != known.npos) return {};
  if (!fresh) SLIM_CHECK(image.source->check_layer(layer, interrupt));
  if (state.empty()) return {};
  // Nice to have: without it the layer is checked again next time.
  const int flags = O_WRONLY | O_CREAT | O_APPEND | (known.size() > kEnough ? O_TRUNC : 0);
  if (const auto out = open_file(file, flags, 0600)) (void)write_all(*out, state + "\n", file);
  return {};
}

}  // namespace

Result<StoredLayer> Store::ensure(const image::Image& image, size_t layer,
                                  const Interrupt& interrupt, Progress* progress) {
  const image::Layer& wanted = image.layers.at(layer);
  StoredLayer stored;
  stored.diff_id = wanted.diff_id;
  if (!wanted.directory.empty()) {
    stored.directory = wanted.directory;
    SLIM_TRY(stored.entries, walk_layer(wanted.directory, interrupt));
    return stored;
  }
  if (wanted.diff_id.empty())
    return fail(ErrorCode::image, "layer " + std::to_string(layer + 1) + " has no digest");

  const std::string key = State::key(wanted.diff_id);
  const std::string place = state_->layer(key);
  SLIM_TRY(Fd use, lock_file(state_->use_lock(key), LockKind::shared, interrupt));
  (void)::futimens(use.get(), nullptr);  // the time of the last use; nice to have, no more
  std::optional<LayerIndex> index = load(place);
  if (!index) {
    SLIM_TRY(const Fd alone, lock_file(state_->unpack_lock(key), LockKind::exclusive, interrupt));
    index = load(place);  // somebody else may have unpacked it while we waited
    if (!index) {
      const std::string temporary = place + std::string(kTemporary);
      SLIM_CHECK(remove_tree(temporary));
      SLIM_CHECK(remove_tree(place));  // damaged, or unpacked without root's rights
      auto unpacked = unpack(image, layer, temporary, interrupt, progress);
      if (!unpacked) {
        (void)remove_tree(temporary);
        return tl::unexpected<Error>(std::move(unpacked).error());
      }
      if (::rename(temporary.c_str(), place.c_str()) != 0)
        return fail_errno("cannot make " + place);
      index = std::move(*unpacked);
      stored.fresh = true;
    }
  }
  SLIM_CHECK(check_source(image, layer, place, stored.fresh, interrupt));
  stored.directory = place + "/diff";
  stored.entries = std::move(index->entries);
  const std::lock_guard guard(state_->mutex);
  state_->held.try_emplace(key, std::move(use));
  return stored;
}

namespace {

// Removes a layer on which the caller has the exclusive use lock: first its name, so that a kill in
// between leaves nothing that looks whole. The unpack lock keeps others, who look for what the dead
// left behind, from removing the same tree at the same time.
Result<void> remove_layer(const std::string& place, const std::string& use_lock,
                          const std::string& unpack_lock) {
  SLIM_TRY(const Fd alone, lock_file(unpack_lock, LockKind::exclusive, Interrupt()));
  const std::string temporary = place + std::string(kTemporary);
  SLIM_CHECK(remove_tree(temporary));
  if (::rename(place.c_str(), temporary.c_str()) != 0 && errno != ENOENT)
    return fail_errno("cannot remove " + place);
  SLIM_CHECK(remove_tree(temporary));
  ::unlink(unpack_lock.c_str());
  ::unlink(use_lock.c_str());
  return {};
}

Result<LayerIndexSummary> summary_of(const std::string& place) {
  SLIM_TRY(const Fd file, open_file(place + "/index", O_RDONLY));
  char header[kLayerIndexHeaderBytes];
  const ssize_t count = ::pread(file.get(), header, sizeof header, 0);
  if (count < 0) return fail_errno(place);
  return decode_layer_index_summary({header, static_cast<size_t>(count)});
}

}  // namespace

Result<void> Store::forget(const Digest& diff_id) {
  const std::string key = State::key(diff_id);
  {
    const std::lock_guard guard(state_->mutex);
    state_->held.erase(key);
  }
  SLIM_TRY(const auto lock, try_lock_file(state_->use_lock(key), LockKind::exclusive));
  if (!lock) return {};
  return remove_layer(state_->layer(key), state_->use_lock(key), state_->unpack_lock(key));
}

Result<std::vector<CacheItem>> Store::list() const {
  SLIM_TRY(const auto names, names_in(state_->directory + "/layers"));
  std::vector<CacheItem> items;
  for (const std::string& name : names) {
    std::string text = name;
    std::replace(text.begin(), text.end(), '-', ':');
    const auto digest = Digest::parse(text);
    if (!digest) continue;
    const auto summary = summary_of(state_->layer(name));
    CacheItem item;
    item.diff_id = *digest;
    if (summary) {
      item.bytes = summary->bytes;
      item.files = summary->files;
    }
    SLIM_TRY(const auto lock, try_lock_file(state_->use_lock(name), LockKind::exclusive));
    item.in_use = !lock;
    struct stat status;
    if (::stat(state_->use_lock(name).c_str(), &status) == 0)
      item.last_used = status.st_mtim.tv_sec;
    items.push_back(std::move(item));
  }
  return items;
}

Result<uint64_t> Store::prune(int64_t older_than) {
  SLIM_TRY(const std::vector<CacheItem> items, list());
  uint64_t freed = 0;
  for (const CacheItem& item : items) {
    if (item.in_use || (older_than > 0 && item.last_used > ::time(nullptr) - older_than)) continue;
    const std::string key = State::key(item.diff_id);
    SLIM_TRY(const auto lock, try_lock_file(state_->use_lock(key), LockKind::exclusive));
    if (!lock) continue;
    SLIM_CHECK(remove_layer(state_->layer(key), state_->use_lock(key), state_->unpack_lock(key)));
    freed += item.bytes;
  }
  return freed;
}

}  // namespace slim::rootfs
