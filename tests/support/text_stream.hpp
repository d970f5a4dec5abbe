// SPDX-License-Identifier: Apache-2.0
// Bytes in memory as a layer's stream.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "slim/image/image.hpp"

namespace slim::test {

class TextStream : public image::ByteStream {
 public:
  // `step`: most bytes a read gives, so that nothing relies on full reads.
  explicit TextStream(std::string bytes, size_t step = 700)
      : bytes_(std::move(bytes)), step_(step) {}
  Result<size_t> read(std::span<std::byte> into) override {
    const size_t count = std::min({into.size(), step_, bytes_.size() - position_});
    std::memcpy(into.data(), bytes_.data() + position_, count);
    position_ += count;
    return count;
  }
  Result<void> finish() override { return {}; }

 private:
  std::string bytes_;
  size_t step_;
  size_t position_ = 0;
};

}  // namespace slim::test
