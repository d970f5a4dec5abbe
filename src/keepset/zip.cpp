// SPDX-License-Identifier: Apache-2.0
// PKWARE's APPNOTE.TXT 4.3, without the extensions for archives of more than 4 GiB.
#include "keepset/zip.hpp"

#include <optional>

#include "keepset/inflate.hpp"

namespace slim::keepset {
namespace {

constexpr std::string_view kEnd("PK\5\6"), kCentral("PK\1\2"), kLocal("PK\3\4");
constexpr size_t kEndSize = 22, kCentralSize = 46, kLocalSize = 30;
constexpr unsigned kStored = 0, kDeflated = 8;

uint64_t number(std::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i > 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

// What a member's local header, at `at`, is followed by.
std::optional<std::string_view> data_at(std::string_view zip, uint64_t at, uint64_t size) {
  if (at > zip.size() || zip.size() - at < kLocalSize || !zip.substr(at).starts_with(kLocal))
    return std::nullopt;
  const uint64_t begin = at + kLocalSize + number(zip, at + 26, 2) + number(zip, at + 28, 2);
  if (begin > zip.size() || zip.size() - begin < size) return std::nullopt;
  return zip.substr(begin, size);
}

}  // namespace

void for_each_in_zip(std::string_view zip, uint64_t& budget,
                     const std::function<bool(std::string_view name)>& is_wanted,
                     const std::function<void(const ZipMember&)>& read) {
  const size_t end = zip.rfind(kEnd);
  if (end == std::string_view::npos || zip.size() - end < kEndSize) return;
  const uint64_t directory_size = number(zip, end + 12, 4), directory = number(zip, end + 16, 4);
  if (directory_size > end || directory > end - directory_size) return;
  // A program may stand before the archive, which the places of its parts do not count.
  const uint64_t before = end - directory_size - directory;
  for (size_t at = end - directory_size; at < end;) {
    if (end - at < kCentralSize || !zip.substr(at).starts_with(kCentral)) return;
    const unsigned method = static_cast<unsigned>(number(zip, at + 10, 2));
    const uint64_t packed = number(zip, at + 20, 4), size = number(zip, at + 24, 4);
    const uint64_t name_size = number(zip, at + 28, 2);
    const uint64_t next = kCentralSize + name_size + number(zip, at + 30, 2) + number(zip, at + 32, 2);
    if (next > end - at) return;
    const std::string_view name = zip.substr(at + kCentralSize, name_size);
    const auto data = data_at(zip, before + number(zip, at + 42, 4), packed);
    at += next;
    if (!data || !is_wanted(name)) continue;
    if (size > budget) return;
    budget -= size;
    if (method == kStored && packed == size) {
      read({name, *data});
    } else if (method == kDeflated) {
      if (const auto content = inflated(*data, size, Deflated::bare)) read({name, *content});
    }
  }
}

}  // namespace slim::keepset
