// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "inspect/parts.hpp"
#include "slim/image/file_capabilities.hpp"

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

std::string listed(const image::FileCapabilities& capabilities) {
  std::string names;
  for (const auto& name : capabilities.permitted) names += (names.empty() ? "" : ",") + name;
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
      if (const auto capabilities = image::file_capabilities(entry))
        found.push_back({SpecialKind::capabilities, path, listed(*capabilities)});
      if ((entry.mode & S_IWOTH) != 0) found.push_back({SpecialKind::world_writable, path, "file"});
    }
    if (entry.type == EntryType::directory && (entry.mode & S_IWOTH) != 0 &&
        (entry.mode & S_ISVTX) == 0)
      found.push_back({SpecialKind::world_writable, path, "directory"});
  }
  return found;
}

}  // namespace slim::inspect
