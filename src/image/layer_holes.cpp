// SPDX-License-Identifier: Apache-2.0
#include "image/layer_holes.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace slim::image {

namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kShortestHole = 64 << 10;
constexpr size_t kWindow = 1 << 20;

bool all_zero(const char* bytes, size_t count) {
  // A run of equal bytes equals itself shifted by one.
  return count == 0 || (bytes[0] == 0 && std::memcmp(bytes, bytes + 1, count - 1) == 0);
}

// Collects pages with data into extents.
class Extents {
 public:
  void add(uint64_t offset, uint64_t length) {
    if (!found_.empty()) {
      Extent& last = found_.back();
      if (offset - (last.offset + last.length) < kShortestHole) {
        last.length = offset + length - last.offset;
        return;
      }
    }
    // A hole at the very beginning must be long enough, too.
    if (found_.empty() && offset < kShortestHole) {
      length += offset;
      offset = 0;
    }
    found_.push_back({offset, length});
  }
  std::vector<Extent> finish(uint64_t size) {
    if (found_.empty() && size < kShortestHole && size != 0) found_.push_back({0, size});
    if (!found_.empty() && size - (found_.back().offset + found_.back().length) < kShortestHole)
      found_.back().length = size - found_.back().offset;
    return std::move(found_);
  }

 private:
  std::vector<Extent> found_;
};

}  // namespace

Result<std::vector<Extent>> data_extents(const Fd& file, uint64_t size) {
  if (size == 0) return std::vector<Extent>();
  if (size < kShortestHole) return std::vector<Extent>{{0, size}};
  Extents extents;
  std::vector<char> window(kWindow);
  uint64_t offset = 0;
  while (offset < size) {
    // File systems without SEEK_DATA call everything data.
    const off_t data = ::lseek(file.get(), static_cast<off_t>(offset), SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;
    if (data > static_cast<off_t>(offset)) offset = static_cast<uint64_t>(data) / kPage * kPage;
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(kWindow, size - offset));
    const ssize_t count = ::pread(file.get(), window.data(), wanted, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("cannot read a layer's file");
    if (static_cast<size_t>(count) < wanted)
      return fail(ErrorCode::io, "a layer's file is shorter than it was");
    for (size_t page = 0; page < wanted; page += kPage) {
      const size_t length = std::min<size_t>(kPage, wanted - page);
      if (!all_zero(window.data() + page, length)) extents.add(offset + page, length);
    }
    offset += wanted;
  }
  return extents.finish(size);
}

}  // namespace slim::image
