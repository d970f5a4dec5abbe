// SPDX-License-Identifier: Apache-2.0
// What takes the space: largest files and directories, duplicates.
#include <algorithm>
#include <map>
#include <set>

#include "inspect/content.hpp"
#include "inspect/parts.hpp"
#include "slim/base/path.hpp"

namespace slim::inspect {

using image::EntryType;
using rootfs::IndexEntry;

namespace {

// Every regular file once, under the first of its names.
std::vector<const IndexEntry*> files_once(const rootfs::Index& index) {
  std::set<uint64_t> groups;
  std::vector<const IndexEntry*> files;
  for (const auto& [path, entry] : index.entries())
    if (entry.type == EntryType::file &&
        (entry.link_group == 0 || groups.insert(entry.link_group).second))
      files.push_back(&entry);
  return files;
}

void keep_largest(std::vector<SizedPath>& paths, size_t top) {
  std::stable_sort(paths.begin(), paths.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  if (paths.size() > top) paths.resize(top);
}

}  // namespace

std::vector<SizedPath> largest_files(const rootfs::Index& index, size_t top) {
  std::vector<SizedPath> paths;
  for (const IndexEntry* file : files_once(index)) paths.push_back({file->path, file->size});
  keep_largest(paths, top);
  return paths;
}

std::vector<SizedPath> largest_directories(const rootfs::Index& index, size_t top) {
  std::map<std::string, uint64_t, std::less<>> bytes;
  for (const IndexEntry* file : files_once(index)) {
    std::string_view directory = file->path;
    while (!directory.empty()) {
      directory = parent_of(directory);
      if (!directory.empty()) bytes[std::string(directory)] += file->size;
    }
  }
  std::map<std::string, uint64_t, std::less<>> largest_child;
  for (const auto& [path, sum] : bytes) {
    auto& largest = largest_child[std::string(parent_of(path))];
    largest = std::max(largest, sum);
  }
  std::vector<SizedPath> paths;
  for (const auto& [path, sum] : bytes) {
    const auto child = largest_child.find(path);
    // More than nine tenths are in one directory below, which will be named itself.
    if (child != largest_child.end() && child->second > sum - sum / 10) continue;
    paths.push_back({path, sum});
  }
  keep_largest(paths, top);
  return paths;
}

Result<std::vector<Duplicate>> find_duplicates(const Subject& subject, uint64_t least) {
  std::map<uint64_t, std::vector<const IndexEntry*>> by_size;
  for (const IndexEntry* file : files_once(subject.index))
    if (file->size >= std::max<uint64_t>(least, 1)) by_size[file->size].push_back(file);
  std::vector<Duplicate> duplicates;
  for (const auto& [size, files] : by_size) {
    if (files.size() < 2) continue;
    std::map<Digest, std::vector<std::string>> by_digest;
    for (const IndexEntry* file : files) {
      if (subject.interrupt != nullptr) SLIM_CHECK(subject.interrupt->check());
      SLIM_TRY(const Fd fd, subject.open(*file));
      SLIM_TRY(const Digest digest, digest_of(fd, "'" + escape_bytes(file->path) + "'"));
      by_digest[digest].push_back(file->path);
    }
    for (auto& [digest, paths] : by_digest)
      if (paths.size() > 1) duplicates.push_back({size, std::move(paths)});
  }
  std::sort(duplicates.begin(), duplicates.end(), [](const Duplicate& a, const Duplicate& b) {
    return std::make_pair(b.saved_by_links(), a.paths) < std::make_pair(a.saved_by_links(), b.paths);
  });
  return duplicates;
}

}  // namespace slim::inspect
