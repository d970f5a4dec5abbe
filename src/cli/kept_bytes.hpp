// SPDX-License-Identifier: Apache-2.0
// How many bytes kept files have.
#pragma once

#include <cstdint>
#include <set>

#include "slim/keepset/keepset.hpp"

namespace slim::cli {

// A group of hard links has its bytes once; a rewritten file is no peer of its links any more.
class KeptBytes {
 public:
  explicit KeptBytes(const keepset::KeepSet& keep) : keep_(keep) {}

  // What one more kept file adds.
  uint64_t of(const rootfs::IndexEntry& entry) {
    const auto rewritten = keep_.rewritten.find(entry.path);
    if (rewritten != keep_.rewritten.end()) return rewritten->second.size();
    const bool is_peer = entry.link_group != 0 && !groups_.insert(entry.link_group).second;
    return is_peer ? 0 : entry.size;
  }

 private:
  const keepset::KeepSet& keep_;
  std::set<uint64_t> groups_;
};

}  // namespace slim::cli
