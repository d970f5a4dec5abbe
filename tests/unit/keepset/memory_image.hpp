// SPDX-License-Identifier: Apache-2.0
// An image in memory for the tests of rules: an index whose contents are strings or files of this
// machine.
#pragma once

#include <fcntl.h>

#include <map>
#include <string>
#include <vector>

#include "slim/base/file.hpp"
#include "slim/base/path.hpp"
#include "slim/keepset/keepset.hpp"

namespace slim::keepset::test {

class MemoryImage {
 public:
  MemoryImage() { directory(""); }

  MemoryImage& directory(const std::string& path, uint32_t mode = 0755, uint32_t uid = 0) {
    rootfs::IndexEntry entry;
    entry.path = path;
    entry.type = image::EntryType::directory;
    entry.mode = mode;
    entry.uid = uid;
    put(std::move(entry));
    return *this;
  }
  MemoryImage& file(const std::string& path, std::string content = "x", uint32_t mode = 0644) {
    rootfs::IndexEntry entry;
    entry.path = path;
    entry.mode = mode;
    entry.size = content.size();
    contents_[path] = std::move(content);
    put(std::move(entry));
    return *this;
  }
  MemoryImage& program(const std::string& path, std::string content = "x") {
    return file(path, std::move(content), 0755);
  }
  MemoryImage& symlink(const std::string& path, const std::string& target) {
    rootfs::IndexEntry entry;
    entry.path = path;
    entry.type = image::EntryType::symlink;
    entry.mode = 0777;
    entry.target = target;
    put(std::move(entry));
    return *this;
  }
  // A file of this machine, mapped when it is read.
  MemoryImage& host(const std::string& path, const std::string& from, uint64_t size = 1) {
    rootfs::IndexEntry entry;
    entry.path = path;
    entry.mode = 0755;
    entry.size = size;
    host_[path] = from;
    put(std::move(entry));
    return *this;
  }

  // What the run did.
  MemoryImage& used(const std::string& path, uint32_t access) {
    trace.files[path] = {access, true};
    return *this;
  }
  MemoryImage& looked_up(const std::string& path, bool found = true) {
    trace.lookups[path] = {found, !found};
    return *this;
  }
  MemoryImage& executed(const std::string& path, const std::string& file = {}) {
    trace.execs.insert({path, file.empty() ? path : file});
    return *this;
  }

  Result<KeepSet> compute() const {
    return keepset::compute(
        index, roots, trace, [this](const rootfs::IndexEntry& entry) { return read(entry); },
        options);
  }
  // The kept paths without "" (the root).
  std::vector<std::string> kept() const {
    std::vector<std::string> paths;
    const auto keep = compute();
    if (!keep) return {"error: " + keep.error().text()};
    for (const auto& [path, reasons] : keep->paths) {
      if (!path.empty()) paths.push_back(path);
    }
    return paths;
  }
  bool keeps(const std::string& path) const {
    const auto keep = compute();
    return keep && keep->paths.contains(path);
  }

  rootfs::Index index;
  trace::Trace trace;
  Options options;
  std::vector<std::string> roots;

 private:
  void put(rootfs::IndexEntry entry) {
    for (std::string_view up = parent_of(entry.path); !up.empty(); up = parent_of(up)) {
      if (index.find(up) == nullptr) directory(std::string(up));
    }
    index.put(std::move(entry));
  }
  Result<Content> read(const rootfs::IndexEntry& entry) const {
    if (const auto text = contents_.find(entry.path); text != contents_.end()) {
      return Content(text->second);
    }
    SLIM_TRY(const Fd fd, open_file(host_.at(entry.path), O_RDONLY));
    SLIM_TRY(Mapping mapping, Mapping::of(fd, entry.path));
    return Content(std::move(mapping));
  }

  std::map<std::string, std::string> contents_;
  std::map<std::string, std::string> host_;
};

using Paths = std::vector<std::string>;

}  // namespace slim::keepset::test
