// SPDX-License-Identifier: Apache-2.0
// An image in memory: an index and the contents of its files.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <deque>
#include <map>

#include "slim/inspect/diff.hpp"

namespace slim::inspect::test {

struct MemorySide {
  rootfs::Index index;
  std::map<std::string, std::string> contents;
  std::vector<Digest> layers{Digest::of("base")};
  mutable int opened = 0;

  rootfs::IndexEntry& put(const std::string& path, image::EntryType type, uint32_t mode = 0644) {
    made.emplace_back();
    made.back().path = path;
    made.back().type = type;
    made.back().mode = mode;
    return made.back();
  }
  rootfs::IndexEntry& file(const std::string& path, const std::string& bytes) {
    contents[path] = bytes;
    auto& entry = put(path, image::EntryType::file);
    entry.size = bytes.size();
    return entry;
  }
  // What was put and then changed goes into the index.
  Side side() {
    for (auto& entry : made) index.put(entry);
    return {index, layers, [this](const rootfs::IndexEntry& entry) { return open(entry); }};
  }
  Result<Fd> open(const rootfs::IndexEntry& entry) const {
    ++opened;
    Fd fd(::memfd_create("content", MFD_CLOEXEC));
    const auto& bytes = contents.at(entry.path);
    if (::write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      return fail_errno("memfd");
    ::lseek(fd.get(), 0, SEEK_SET);
    return fd;
  }
  std::deque<rootfs::IndexEntry> made;
};

}  // namespace slim::inspect::test
