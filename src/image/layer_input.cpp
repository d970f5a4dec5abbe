// SPDX-License-Identifier: Apache-2.0
#include "image/layer_input.hpp"

#include <algorithm>
#include <cstring>

namespace slim::image {

namespace {

constexpr size_t kBufferBytes = 1 << 20;

tl::unexpected<Error> truncated() {
  return fail(ErrorCode::image, "the layer's tar is truncated");
}

}  // namespace

LayerInput::LayerInput(std::unique_ptr<ByteStream> stream)
    : stream_(std::move(stream)), buffer_(kBufferBytes) {}

// False at the end of the stream.
Result<bool> LayerInput::fill() {
  if (begin_ < end_) return true;
  SLIM_TRY(end_, stream_->read(buffer_));
  begin_ = 0;
  return end_ != 0;
}

Result<bool> LayerInput::read(std::span<char> into) {
  size_t done = 0;
  while (done < into.size()) {
    SLIM_TRY(const bool more, fill());
    if (!more && done == 0) return false;
    if (!more) return truncated();
    const size_t count = std::min(into.size() - done, end_ - begin_);
    std::memcpy(into.data() + done, buffer_.data() + begin_, count);
    begin_ += count;
    done += count;
  }
  return true;
}

Result<std::span<const std::byte>> LayerInput::take(uint64_t limit) {
  SLIM_TRY(const bool more, fill());
  if (!more) return std::span<const std::byte>();
  const size_t count = static_cast<size_t>(std::min<uint64_t>(limit, end_ - begin_));
  const std::span<const std::byte> bytes(buffer_.data() + begin_, count);
  begin_ += count;
  return bytes;
}

Result<void> LayerInput::skip(uint64_t count) {
  while (count != 0) {
    SLIM_TRY(const auto bytes, take(count));
    if (bytes.empty()) return truncated();
    count -= bytes.size();
  }
  return {};
}

Result<void> LayerInput::finish() { return stream_->finish(); }

}  // namespace slim::image
