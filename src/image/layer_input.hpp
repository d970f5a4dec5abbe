// SPDX-License-Identifier: Apache-2.0
// A ByteStream read through one buffer: headers by the block, data as it comes, without copying.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/image/image.hpp"

namespace slim::image {

class LayerInput {
 public:
  explicit LayerInput(std::unique_ptr<ByteStream> stream);

  // Fills `into` completely: true. False when the stream had ended already; an `image` error when
  // it ends in the middle.
  Result<bool> read(std::span<char> into);
  // The bytes at hand, at least one and at most `limit`; empty at the end. Valid until the next
  // call.
  Result<std::span<const std::byte>> take(uint64_t limit);
  // Passes over exactly `count` bytes.
  Result<void> skip(uint64_t count);
  // Reads to the end, which proves the stream.
  Result<void> finish();

 private:
  Result<bool> fill();

  std::unique_ptr<ByteStream> stream_;
  std::vector<std::byte> buffer_;
  size_t begin_ = 0, end_ = 0;
};

}  // namespace slim::image
