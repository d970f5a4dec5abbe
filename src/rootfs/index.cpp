// SPDX-License-Identifier: Apache-2.0
#include "slim/rootfs/index.hpp"

#include <utility>

namespace slim::rootfs {

using image::EntryType;

void Index::put(IndexEntry entry) {
  std::string path = entry.path;
  const uint64_t group = entry.link_group;
  auto position = entries_.end();
  if (!entries_.empty() && std::prev(position)->first >= path) {
    position = entries_.lower_bound(path);
    if (position != entries_.end() && position->first == path) position = remove(position);
  }
  if (group != 0) groups_[group].insert(path);
  entries_.emplace_hint(position, std::move(path), std::move(entry));
}

Index::Map::iterator Index::remove(Map::iterator entry) {
  if (const auto group = groups_.find(entry->second.link_group); group != groups_.end()) {
    group->second.erase(entry->first);
    if (group->second.empty()) groups_.erase(group);
  }
  return entries_.erase(entry);
}

void Index::erase(std::string_view path) {
  erase_below(path);
  if (path.empty()) return;
  if (const auto entry = entries_.find(path); entry != entries_.end()) remove(entry);
}

void Index::erase_below(std::string_view path) {
  // All paths below "a" begin with "a/"; those of its siblings "a-b" and "a.b" sort before them and
  // "a0" after, so the range is contiguous.
  const std::string prefix = path.empty() ? std::string() : std::string(path) + '/';
  auto entry = path.empty() ? entries_.upper_bound(prefix) : entries_.lower_bound(prefix);
  while (entry != entries_.end() && entry->first.starts_with(prefix)) entry = remove(entry);
}

const IndexEntry* Index::find(std::string_view path) const {
  const auto entry = entries_.find(path);
  return entry == entries_.end() ? nullptr : &entry->second;
}

std::vector<const IndexEntry*> Index::below(std::string_view directory) const {
  std::vector<const IndexEntry*> found;
  const std::string prefix = directory.empty() ? std::string() : std::string(directory) + '/';
  auto entry = directory.empty() ? entries_.upper_bound(prefix) : entries_.lower_bound(prefix);
  for (; entry != entries_.end() && entry->first.starts_with(prefix); ++entry)
    found.push_back(&entry->second);
  return found;
}

std::vector<const IndexEntry*> Index::children(std::string_view directory) const {
  std::vector<const IndexEntry*> found;
  const std::string prefix = directory.empty() ? std::string() : std::string(directory) + '/';
  auto entry = directory.empty() ? entries_.upper_bound(prefix) : entries_.lower_bound(prefix);
  while (entry != entries_.end() && entry->first.starts_with(prefix)) {
    const auto slash = entry->first.find('/', prefix.size());
    if (slash == std::string::npos) {
      found.push_back(&entry->second);
      ++entry;
    } else {
      // Over everything below this child at once: '0' is the character after '/'.
      entry = entries_.lower_bound(entry->first.substr(0, slash) + '0');
    }
  }
  return found;
}

std::vector<const IndexEntry*> Index::peers(const IndexEntry& entry) const {
  std::vector<const IndexEntry*> found;
  const auto group = groups_.find(entry.link_group);
  if (entry.link_group == 0 || group == groups_.end()) {
    if (const IndexEntry* self = find(entry.path)) found.push_back(self);
    return found;
  }
  for (const std::string& path : group->second) found.push_back(find(path));
  return found;
}

uint64_t Index::file_bytes() const {
  uint64_t bytes = 0;
  for (const auto& [path, entry] : entries_) {
    if (entry.type != EntryType::file) continue;
    if (const auto group = groups_.find(entry.link_group);
        entry.link_group != 0 && group != groups_.end() && *group->second.begin() != path)
      continue;
    bytes += entry.size;
  }
  return bytes;
}

const IndexEntry* Index::root() const {
  static const IndexEntry empty_root = [] {
    IndexEntry entry;
    entry.type = EntryType::directory;
    entry.mode = 0755;
    return entry;
  }();
  const IndexEntry* entry = find("");
  return entry != nullptr ? entry : &empty_root;
}

}  // namespace slim::rootfs
