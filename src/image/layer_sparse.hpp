// SPDX-License-Identifier: Apache-2.0
// Sparse files in tars (GNU tar manual, "Storing Sparse Files"): the old GNU header, and pax 0.0,
// 0.1 and 1.0.
#pragma once

#include <optional>
#include <vector>

#include "image/layer_header.hpp"
#include "image/layer_input.hpp"
#include "slim/image/entry.hpp"

namespace slim::image {

// Where the stored data of a regular file belongs.
struct SparseMap {
  std::vector<Extent> extents;  // ascending, not overlapping, none empty
  uint64_t real_size = 0;       // of the file
  uint64_t map_bytes = 0;       // stored in front of the data (1.0) and read already
};

// nullopt for a file that is not sparse. `block` is the entry's own header; what follows it and
// belongs to the map is read from `input`. `stored` is the entry's size in the archive.
// Errors: `image` for a map that is not in order or does not agree with the sizes.
Result<std::optional<SparseMap>> read_sparse_map(const TarHeader& header, TarBlock block,
                                                 const PaxRecords& pax, uint64_t stored,
                                                 LayerInput& input);

}  // namespace slim::image
