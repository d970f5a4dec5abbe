// SPDX-License-Identifier: Apache-2.0
#include "rootfs/layer_tree.hpp"

#include <algorithm>
#include <unordered_map>

#include "slim/rootfs/whiteout.hpp"
#include "slim/base/path.hpp"

namespace slim::rootfs {

using image::Entry;
using image::EntryType;

namespace {

constexpr unsigned kMaximumSymlinks = 40;

}  // namespace

Entry default_directory(std::string path) {
  Entry entry;
  entry.path = std::move(path);
  entry.type = EntryType::directory;
  entry.mode = 0755;
  return entry;
}

LayerTree::LayerTree() {
  nodes_.push_back({default_directory(""), true});
  paths_.emplace("", 0);
}

const LayerTree::Node* LayerTree::find(std::string_view path) const {
  const auto found = paths_.find(path);
  return found == paths_.end() ? nullptr : &nodes_[found->second];
}

// Follows `path`, which is to be a directory; without `made` nothing is added.
Result<std::string> LayerTree::walk(std::string_view path, const Made* made) {
  // Paths in the tree have no symlinks in them, so one that is there needs no walk.
  if (const Node* node = find(path); node != nullptr && node->entry.type == EntryType::directory)
    return std::string(path);

  const auto parts = components(path);
  std::vector<std::string> left(parts.rbegin(), parts.rend());
  size_t own = left.size();  // so many of them are of the path itself, not of a symlink's target
  unsigned symlinks = 0;
  std::string current;
  while (!left.empty()) {
    const std::string part = std::move(left.back());
    left.pop_back();
    const bool in_target = left.size() >= own;
    own = std::min(own, left.size());
    if (part == "..") {
      current = std::string(parent_of(current));
      continue;
    }
    std::string next = join_path(current, part);
    const Node* node = find(next);
    if (node == nullptr) {
      if (made == nullptr || in_target)
        return fail(ErrorCode::image, "'" + escape_bytes(path) + "' leads to '" +
                                          escape_bytes(next) + "', which the layer does not have");
      nodes_.push_back({default_directory(next), true});
      paths_.emplace(next, nodes_.size() - 1);
      SLIM_CHECK((*made)(next));
      current = std::move(next);
    } else if (node->entry.type == EntryType::directory) {
      current = std::move(next);
    } else if (node->entry.type == EntryType::symlink && ++symlinks <= kMaximumSymlinks) {
      if (node->entry.target.starts_with('/')) current.clear();
      const auto target = components(node->entry.target);
      left.insert(left.end(), target.rbegin(), target.rend());
    } else {
      return fail(ErrorCode::image, "'" + escape_bytes(path) + "' is below '" +
                                        escape_bytes(next) + "', which is not a directory");
    }
  }
  return current;
}

Result<std::string> LayerTree::enter(std::string_view parent, const Made& made) {
  return walk(parent, &made);
}

Result<std::string> LayerTree::find_target(std::string_view target) const {
  // Without `made`, walk() changes nothing.
  SLIM_TRY(const std::string parent,
           const_cast<LayerTree*>(this)->walk(parent_of(target), nullptr));
  std::string path = join_path(parent, name_of(target));
  const Node* node = find(path);
  if (node == nullptr)
    return fail(ErrorCode::image, "it is a hard link to '" + escape_bytes(target) +
                                      "', which the layer does not have");
  if (node->entry.type == EntryType::directory)
    return fail(ErrorCode::image,
                "it is a hard link to the directory '" + escape_bytes(target) + "'");
  return path;
}

void LayerTree::erase(std::string_view path) {
  const auto found = paths_.find(path);
  if (found == paths_.end() || path.empty()) return;
  const std::string prefix = std::string(path) + '/';
  paths_.erase(found);
  auto below = paths_.lower_bound(prefix);
  while (below != paths_.end() && below->first.starts_with(prefix)) below = paths_.erase(below);
}

void LayerTree::put(Entry entry) {
  const auto found = paths_.find(entry.path);
  if (found != paths_.end()) {
    Node& node = nodes_[found->second];
    if (node.entry.type == EntryType::directory && entry.type == EntryType::directory) {
      node = {std::move(entry), false};
      return;
    }
    erase(entry.path);
  }
  std::string path = entry.path;
  nodes_.push_back({std::move(entry), false});
  paths_.emplace(std::move(path), nodes_.size() - 1);
}

void LayerTree::link(const std::string& path, const std::string& target) {
  const size_t node = paths_.find(target)->second;
  erase(path);
  paths_.insert_or_assign(path, node);
}

void LayerTree::settle() {
  std::erase_if(hidden_, [&](const std::string& path) {
    const auto found = paths_.find(path);
    if (found == paths_.end()) {
      // Below a file of this layer there is nothing left to hide.
      const Node* parent = find(parent_of(path));
      return parent == nullptr || parent->entry.type != EntryType::directory;
    }
    Node& node = nodes_[found->second];
    if (node.entry.type == EntryType::directory) {
      // It shares nothing with the directory that was there before, its attributes neither.
      node.implicit = false;
      opaque_.insert(path);
    }
    return true;
  });
  std::erase_if(opaque_, [&](const std::string& path) {
    const Node* node = find(path);
    return node == nullptr || node->entry.type != EntryType::directory;
  });
}

void LayerTree::each_directory(
    const std::function<void(const std::string&, const Node&)>& visit) const {
  for (const auto& [path, node] : paths_)
    if (!path.empty() && nodes_[node].entry.type == EntryType::directory)
      visit(path, nodes_[node]);
}

std::vector<Entry> LayerTree::entries() const {
  std::vector<Entry> sorted;
  sorted.reserve(paths_.size() + hidden_.size() + opaque_.size());
  std::vector<const std::string*> first_path(nodes_.size());
  for (const auto& [path, number] : paths_) {
    const Node& node = nodes_[number];
    if (node.implicit) continue;
    const std::string*& first = first_path[number];
    if (first == nullptr) {
      first = &path;
      sorted.push_back(node.entry);
    } else {
      Entry link;
      link.type = EntryType::hardlink;
      link.target = *first;
      sorted.push_back(std::move(link));
    }
    sorted.back().path = path;
  }
  const auto add_mark = [&](std::string path) {
    Entry mark;
    mark.path = std::move(path);
    sorted.push_back(std::move(mark));
  };
  for (const std::string& path : hidden_) add_mark(whiteout_of(path));
  for (const std::string& path : opaque_) add_mark(opaque_of(path));
  std::sort(sorted.begin(), sorted.end(),
            [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return sorted;
}

}  // namespace slim::rootfs
