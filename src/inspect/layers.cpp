// SPDX-License-Identifier: Apache-2.0
#include "slim/inspect/layers.hpp"

#include <map>
#include <memory>

#include "slim/rootfs/whiteout.hpp"

namespace slim::inspect {

using image::Entry;
using image::EntryType;
using rootfs::Change;

namespace {

// A file of a layer under all its names: its bytes are wasted when the last one is gone.
struct Inode {
  uint32_t layer = 0;
  uint64_t bytes = 0;
  unsigned names = 0;
};

struct Alive {
  EntryType type = EntryType::directory;
  std::shared_ptr<Inode> inode;
};

class Teller {
 public:
  explicit Teller(LayerStory& story) : story_(story) {}

  Result<void> apply(const std::vector<Entry>& entries, uint32_t layer) {
    layer_ = layer;
    story_.layers.emplace_back();
    std::vector<const Entry*> puts;
    for (const Entry& entry : entries) {
      SLIM_TRY(const Change change, rootfs::classify(entry.path));
      if (change.kind == Change::Kind::put) puts.push_back(&entry);
      if (change.kind == Change::Kind::remove) remove(change.path);
      if (change.kind == Change::Kind::opaque) remove_below(change.path);
    }
    for (const Entry* entry : puts) put(*entry);
    return {};
  }

 private:
  using Map = std::map<std::string, Alive, std::less<>>;

  LayerUse& now() { return story_.layers.back(); }

  Map::iterator hide(Map::iterator at, bool deleted) {
    if (at->second.type == EntryType::directory) return alive_.erase(at);
    Inode& inode = *at->second.inode;
    const uint64_t wasted = --inode.names == 0 ? inode.bytes : 0;
    story_.layers[inode.layer].wasted_bytes += wasted;
    story_.hidden.push_back({at->first, inode.layer, layer_, deleted, wasted});
    if (deleted) ++now().deleted;
    return alive_.erase(at);
  }

  void remove_below(const std::string& directory) {
    const std::string prefix = directory.empty() ? "" : directory + "/";
    for (auto at = alive_.lower_bound(prefix);
         at != alive_.end() && at->first.starts_with(prefix);)
      at = hide(at, true);
  }

  void remove(const std::string& path) {
    remove_below(path);
    if (const auto at = alive_.find(path); at != alive_.end()) hide(at, true);
  }

  void put(const Entry& entry) {
    const auto old = alive_.find(entry.path);
    if (entry.type == EntryType::directory) {
      if (old != alive_.end() && old->second.type != EntryType::directory) hide(old, true);
      alive_[entry.path] = {};
      return;
    }
    ++now().files;
    if (old == alive_.end()) {
      ++now().added;
    } else {
      ++now().replaced;
      if (old->second.type == EntryType::directory) remove_below(entry.path);
      else hide(old, false);
    }
    alive_[entry.path] = {entry.type, inode_of(entry)};
  }

  std::shared_ptr<Inode> inode_of(const Entry& entry) {
    if (entry.type == EntryType::hardlink) {
      const auto peer = alive_.find(entry.target);
      if (peer != alive_.end() && peer->second.inode != nullptr) {
        ++peer->second.inode->names;
        return peer->second.inode;
      }
    }
    const uint64_t bytes = entry.type == EntryType::file ? entry.size : 0;
    now().bytes += bytes;
    return std::make_shared<Inode>(Inode{layer_, bytes, 1});
  }

  LayerStory& story_;
  Map alive_;
  uint32_t layer_ = 0;
};

}  // namespace

uint64_t LayerStory::bytes() const {
  uint64_t sum = 0;
  for (const LayerUse& layer : layers) sum += layer.bytes;
  return sum;
}

uint64_t LayerStory::wasted_bytes() const {
  uint64_t sum = 0;
  for (const LayerUse& layer : layers) sum += layer.wasted_bytes;
  return sum;
}

double LayerStory::efficiency() const {
  const uint64_t all = bytes();
  return all == 0 ? 1.0 : static_cast<double>(all - wasted_bytes()) / static_cast<double>(all);
}

Result<LayerStory> tell_layers(const Layers& layers) {
  LayerStory story;
  Teller teller(story);
  for (size_t i = 0; i < layers.size(); ++i)
    SLIM_CHECK_CONTEXT(teller.apply(layers[i], static_cast<uint32_t>(i)),
                       "layer " + std::to_string(i + 1));
  return story;
}

}  // namespace slim::inspect
