// SPDX-License-Identifier: Apache-2.0
#include "keepset/inflate.hpp"

#include <zlib.h>

namespace slim::keepset {

std::optional<std::string> inflated(std::string_view data, uint64_t size, Deflated format) {
  std::string content(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, format == Deflated::bare ? -MAX_WBITS : MAX_WBITS) != Z_OK)
    return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(size);
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (result != Z_STREAM_END || stream.avail_out != 0) return std::nullopt;
  return content;
}

}  // namespace slim::keepset
