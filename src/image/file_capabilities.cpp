// SPDX-License-Identifier: Apache-2.0
#include "slim/image/file_capabilities.hpp"

#include <endian.h>
#include <linux/capability.h>
#include <sys/capability.h>

#include <cstring>

namespace slim::image {

// struct vfs_cap_data and vfs_ns_cap_data (linux/capability.h): little-endian 32-bit words.
std::optional<FileCapabilities> file_capabilities(const Entry& entry) {
  const auto found = entry.xattrs.find("security.capability");
  if (found == entry.xattrs.end()) return std::nullopt;
  const std::string& raw = found->second;
  const auto word = [&](size_t i) {
    uint32_t value = 0;
    if (raw.size() >= 4 * (i + 1)) std::memcpy(&value, raw.data() + 4 * i, sizeof value);
    return le32toh(value);
  };
  const bool one_word = (word(0) & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_1;
  if (raw.size() < (one_word ? XATTR_CAPS_SZ_1 : XATTR_CAPS_SZ_2)) return std::nullopt;
  const uint64_t permitted = word(1) | (one_word ? 0 : static_cast<uint64_t>(word(3)) << 32);
  FileCapabilities result;
  result.effective = (word(0) & VFS_CAP_FLAGS_EFFECTIVE) != 0;
  for (int bit = 0; bit < 64; ++bit) {
    if ((permitted >> bit & 1) == 0) continue;
    char* text = ::cap_to_name(bit);
    result.permitted.push_back(text != nullptr ? std::string(text) : std::to_string(bit));
    ::cap_free(text);
  }
  return result;
}

}  // namespace slim::image
