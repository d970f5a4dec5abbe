// SPDX-License-Identifier: Apache-2.0
#include <endian.h>
#include <linux/capability.h>
#include <sys/capability.h>
#include <sys/stat.h>

#include <cstring>

#include "inspect/parts.hpp"

namespace slim::inspect {

using image::EntryType;

std::string_view name(SpecialKind kind) {
  switch (kind) {
    case SpecialKind::setuid: return "setuid";
    case SpecialKind::setgid: return "setgid";
    case SpecialKind::capabilities: return "capabilities";
    case SpecialKind::world_writable: return "world-writable";
    case SpecialKind::device: return "device";
  }
  return "";
}

namespace {

// struct vfs_cap_data and vfs_ns_cap_data (linux/capability.h): little-endian 32-bit words.
std::string capability_names(const std::string& raw) {
  const auto word = [&](size_t i) {
    uint32_t value = 0;
    if (raw.size() >= 4 * (i + 1)) std::memcpy(&value, raw.data() + 4 * i, sizeof value);
    return le32toh(value);
  };
  const uint64_t permitted =
      word(1) | ((word(0) & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_1
                     ? 0
                     : static_cast<uint64_t>(word(3)) << 32);
  std::string names;
  for (int bit = 0; bit < 64; ++bit) {
    if ((permitted >> bit & 1) == 0) continue;
    char* text = ::cap_to_name(bit);
    names += (names.empty() ? "" : ",") + (text != nullptr ? std::string(text) : std::to_string(bit));
    ::cap_free(text);
  }
  return names.empty() ? "none" : names;
}

}  // namespace

std::vector<SpecialFile> special_files(const rootfs::Index& index) {
  std::vector<SpecialFile> found;
  for (const auto& [path, entry] : index.entries()) {
    const std::string owner = std::to_string(entry.uid) + ":" + std::to_string(entry.gid);
    if (entry.type == EntryType::char_device || entry.type == EntryType::block_device) {
      const char* kind = entry.type == EntryType::char_device ? "char " : "block ";
      found.push_back({SpecialKind::device, path,
                       kind + std::to_string(entry.device_major) + ":" +
                           std::to_string(entry.device_minor)});
      continue;
    }
    if (entry.type == EntryType::file) {
      if ((entry.mode & S_ISUID) != 0) found.push_back({SpecialKind::setuid, path, owner});
      // Without group execute it is a mark for mandatory locking, which Linux has no more.
      if ((entry.mode & S_ISGID) != 0 && (entry.mode & S_IXGRP) != 0)
        found.push_back({SpecialKind::setgid, path, owner});
      if (const auto raw = entry.xattrs.find("security.capability"); raw != entry.xattrs.end())
        found.push_back({SpecialKind::capabilities, path, capability_names(raw->second)});
      if ((entry.mode & S_IWOTH) != 0) found.push_back({SpecialKind::world_writable, path, "file"});
    }
    if (entry.type == EntryType::directory && (entry.mode & S_IWOTH) != 0 &&
        (entry.mode & S_ISVTX) == 0)
      found.push_back({SpecialKind::world_writable, path, "directory"});
  }
  return found;
}

}  // namespace slim::inspect
