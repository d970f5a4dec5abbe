// SPDX-License-Identifier: Apache-2.0
// A layer's bytes, read, decompressed and hashed on threads of their own while the caller works.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "image/recognise.hpp"
#include "image/tar_scan.hpp"
#include "slim/image/image.hpp"

namespace slim::image {

struct StreamSpec {
  ByteRange blob;
  Compression compression = Compression::none;
  std::string name;                   // for errors: "layer 3 (sha256:...)"
  std::optional<Digest> blob_digest;  // what the bytes of the blob must hash to
  Digest diff_id;                     // what the uncompressed bytes must hash to
  uint64_t max_bytes = 0;             // of the uncompressed data; 0: no limit
};

// How much one layer may unpack to when nobody says otherwise. No field of an image promises this
// size, so it is generous: 4 GiB whatever the blob's size, and above that 100 times the blob (real
// layers reach 10, gzip can do 1032, zstd far more). SLIM_MAX_LAYER_BYTES overrides it.
Result<uint64_t> default_max_bytes(uint64_t blob_bytes);

Result<std::unique_ptr<ByteStream>> open_verified_stream(StreamSpec spec);

// For nothing but the verdict of finish().
Result<void> read_through(ByteStream& stream, const Interrupt& interrupt);

}  // namespace slim::image
