// SPDX-License-Identifier: Apache-2.0
// What executing a file gives (capabilities(7), "File capabilities").
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "slim/image/entry.hpp"

namespace slim::image {

struct FileCapabilities {
  std::vector<std::string> permitted;  // as libcap names them: cap_net_raw
  // They are effective at once: the kernel refuses to execute the file where one cannot be had.
  bool effective = false;
};

// Of an entry's security.capability; nothing where it has none, or one of another form.
std::optional<FileCapabilities> file_capabilities(const Entry& entry);

}  // namespace slim::image
