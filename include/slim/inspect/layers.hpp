// SPDX-License-Identifier: Apache-2.0
// What each layer does to those below it, and what of its own bytes nobody can see. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "slim/inspect/subject.hpp"

namespace slim::inspect {

struct LayerUse {
  uint64_t bytes = 0;         // of its regular files
  uint64_t files = 0;         // what it holds except directories and whiteouts
  uint64_t added = 0;         // of these: new paths
  uint64_t replaced = 0;      // and paths that a layer below has, too
  uint64_t deleted = 0;       // paths of layers below that it takes away, directories left out
  uint64_t wasted_bytes = 0;  // of its files, hidden by layers above
};

// A file that a later layer replaces or deletes.
struct HiddenFile {
  std::string path;
  uint32_t layer = 0;
  uint32_t hidden_by = 0;
  bool deleted = false;  // by a whiteout; otherwise replaced
  uint64_t bytes = 0;    // wasted; of a file with several names, with the last that goes
};

struct LayerStory {
  std::vector<LayerUse> layers;
  std::vector<HiddenFile> hidden;  // in the order in which they were hidden
  uint64_t bytes() const;
  uint64_t wasted_bytes() const;
  double efficiency() const;  // visible bytes / bytes; 1 when there are none
};

// Errors: `image` for malformed whiteouts.
Result<LayerStory> tell_layers(const Layers& layers);

}  // namespace slim::inspect
