// SPDX-License-Identifier: Apache-2.0
// The entries of a stored layer as a file beside it, so that a warm layer is not walked.
//
// Little-endian: "SLIMLYR", version, flags (u32), entries (u64), bytes of content (u64), bytes of
// the body (u64), SHA-256 of the body in hex; then the entries: lengths and numbers as LEB128, each
// path without the part it shares with the one before.
#pragma once

#include <string>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/image/entry.hpp"

namespace slim::rootfs {

struct LayerIndex {
  bool mountable = false;  // unpacked with the right to own files for others
  uint64_t bytes = 0;
  std::vector<image::Entry> entries;
};

struct LayerIndexSummary {
  bool mountable = false;
  uint64_t bytes = 0;
  uint64_t files = 0;
};

std::string encode_layer_index(const LayerIndex& index);
// Errors: `io` for anything that encode_layer_index did not write: cut short, changed, another
// version.
Result<LayerIndex> decode_layer_index(std::string_view bytes);
Result<LayerIndexSummary> decode_layer_index_summary(std::string_view bytes);
// So many bytes are enough for the summary.
constexpr size_t kLayerIndexHeaderBytes = 8 + 4 + 3 * 8 + 64;

}  // namespace slim::rootfs
