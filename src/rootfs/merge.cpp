// SPDX-License-Identifier: Apache-2.0
#include "slim/rootfs/merge.hpp"

#include <optional>
#include <set>

#include "rootfs/layer_tree.hpp"
#include "slim/rootfs/whiteout.hpp"
#include "slim/base/path.hpp"

namespace slim::rootfs {

using image::Entry;
using image::EntryType;

namespace {

class Merger {
 public:
  Result<void> apply(std::vector<Entry> entries, uint32_t layer) {
    layer_ = layer;
    last_parent_.reset();
    SLIM_TRY(const std::vector<Change> changes, remove_hidden(entries));
    for (size_t i = 0; i < entries.size(); ++i) {
      if (changes[i].kind == Change::Kind::put) {
        SLIM_CHECK(put(std::move(entries[i])));
      } else if (changes[i].kind != Change::Kind::ignore) {
        // A whiteout, too, has its directory in the layer.
        SLIM_CHECK(make_parents(entries[i].path));
      }
    }
    return {};
  }

  Merged finish() {
    if (merged_.index.find("") == nullptr) put_directory("");
    for (const std::string& path : implied_) {
      const IndexEntry* entry = merged_.index.find(path);
      if (entry == nullptr || entry->type != EntryType::directory) continue;
      IndexEntry plain;
      static_cast<Entry&>(plain) = default_directory(path);
      plain.layer = entry->layer;
      if (!(static_cast<const Entry&>(*entry) == static_cast<const Entry&>(plain)))
        merged_.implied.push_back(path);
    }
    return std::move(merged_);
  }

 private:
  // Whiteouts are about the layers below wherever they stand in the tar, so they come first.
  Result<std::vector<Change>> remove_hidden(const std::vector<Entry>& entries) {
    std::vector<Change> changes;
    changes.reserve(entries.size());
    for (const Entry& entry : entries) {
      SLIM_TRY(Change change, classify(entry.path));
      if (change.kind == Change::Kind::remove) {
        merged_.index.erase(change.path);
      } else if (change.kind == Change::Kind::opaque) {
        if (change.path.empty()) merged_.bottom = layer_;
        merged_.index.erase_below(change.path);
      }
      changes.push_back(std::move(change));
    }
    return changes;
  }

  Result<void> put(Entry raw) {
    SLIM_CHECK(make_parents(raw.path));
    IndexEntry entry;
    static_cast<Entry&>(entry) = std::move(raw);
    entry.layer = layer_;
    if (entry.type == EntryType::hardlink) {
      SLIM_CHECK(resolve_link(entry));
    }
    if (entry.type == EntryType::directory) {
      implied_.erase(entry.path);
    } else if (const IndexEntry* old = merged_.index.find(entry.path);
               old != nullptr && old->type == EntryType::directory) {
      merged_.index.erase_below(entry.path);
    }
    merged_.index.put(std::move(entry));
    return {};
  }

  // A hard link is another name of an earlier entry of the same layer.
  Result<void> resolve_link(IndexEntry& link) {
    const IndexEntry* found = merged_.index.find(link.target);
    if (found == nullptr || found->layer != layer_ || found->type == EntryType::directory)
      return fail(ErrorCode::image, "'" + escape_bytes(link.path) + "' is a hard link to '" +
                                        escape_bytes(link.target) +
                                        "', which the layer does not have");
    IndexEntry first = *found;
    if (first.link_group == 0) {
      first.link_group = ++groups_;
      merged_.index.put(first);
    }
    std::string path = std::move(link.path);
    link = std::move(first);
    link.path = std::move(path);
    return {};
  }

  Result<void> make_parents(const std::string& path) {
    if (path.empty()) return {};
    const std::string_view parent = parent_of(path);
    if (last_parent_ == parent) return {};
    SLIM_CHECK(make_parents(std::string(parent)));
    const IndexEntry* entry = merged_.index.find(parent);
    const bool from_below = entry == nullptr || entry->layer != layer_;
    if (!from_below && entry->type != EntryType::directory)
      return fail(ErrorCode::image, "'" + escape_bytes(path) + "' is below '" +
                                        escape_bytes(parent) + "', which is not a directory");
    if (entry == nullptr || entry->type != EntryType::directory) put_directory(std::string(parent));
    if (from_below) implied_.emplace(parent);
    last_parent_ = std::string(parent);
    return {};
  }

  void put_directory(std::string path) {
    IndexEntry entry;
    static_cast<Entry&>(entry) = default_directory(std::move(path));
    entry.layer = layer_;
    merged_.index.put(std::move(entry));
  }

  Merged merged_;
  uint32_t layer_ = 0;
  uint64_t groups_ = 0;
  std::set<std::string, std::less<>> implied_;  // present in the topmost layer without an entry
  std::optional<std::string> last_parent_;
};

}  // namespace

Result<Merged> merge_layers(std::vector<std::vector<Entry>> layers) {
  Merger merger;
  for (size_t i = 0; i < layers.size(); ++i)
    SLIM_CHECK_CONTEXT(merger.apply(std::move(layers[i]), static_cast<uint32_t>(i)),
                       "layer " + std::to_string(i + 1));
  return merger.finish();
}

}  // namespace slim::rootfs
