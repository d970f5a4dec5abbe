// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "slim/rootfs/store.hpp"

namespace slim::rootfs {

struct Store::State {
  explicit State(std::string place) : directory(std::move(place)) {}

  // "sha256-<hex>": a Digest holds only what may stand in a file name.
  static std::string key(const Digest& diff_id) { return diff_id.algorithm + "-" + diff_id.hex; }
  std::string layer(const std::string& key) const { return directory + "/layers/" + key; }
  std::string use_lock(const std::string& key) const {
    return directory + "/locks/" + key + ".use";
  }
  std::string unpack_lock(const std::string& key) const {
    return directory + "/locks/" + key + ".unpack";
  }

  std::string directory;
  std::mutex mutex;                // of `held`
  std::map<std::string, Fd> held;  // shared locks on layers in use, by key
};

// Removes scratch directories that nobody holds.
Result<void> remove_dead_scratch(const std::string& store);

}  // namespace slim::rootfs
