// SPDX-License-Identifier: Apache-2.0
// One file of a layer with all attributes a layer can hold (OCI image-spec layer.md).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace slim::image {

enum class EntryType : uint8_t {
  file,
  directory,
  symlink,
  fifo,
  char_device,
  block_device,
  hardlink,  // only as read from or written to a tar; an index resolves it to `file`
};

struct Timestamp {
  int64_t seconds = 0;  // since the epoch, may be negative
  uint32_t nanoseconds = 0;
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

struct Entry {
  std::string path;  // bytes, relative to the root, no leading or trailing slash; "" is the root
  EntryType type = EntryType::file;
  uint32_t mode = 0;  // permission bits with setuid, setgid and sticky (07777)
  uint32_t uid = 0, gid = 0;
  Timestamp mtime;
  uint64_t size = 0;   // of a regular file's content
  std::string target;  // symlink: its text; hardlink: path of the peer, relative to the root
  uint32_t device_major = 0, device_minor = 0;
  std::map<std::string, std::string> xattrs;  // raw values; ACLs are system.posix_acl_*

  friend bool operator==(const Entry&, const Entry&) = default;
};

// A run of data in a sparse file.
struct Extent {
  uint64_t offset = 0;
  uint64_t length = 0;
};

}  // namespace slim::image
