// SPDX-License-Identifier: Apache-2.0
// Looking into a container's root file system from outside. What stands there is not trusted:
// symlinks are taken as the container would take them, devices and FIFOs are never opened.
#pragma once

#include <string>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"

namespace slim::container {

// The text of a file, at most `limit` bytes; "" when there is none or it cannot be read. What is
// neither file nor directory is a `container` error: the runtime would open it and could hang.
Result<std::string> read_text_in_root(const Fd& root, const std::string& path,
                                      size_t limit = 4u << 20);

// mkdir -p inside the root, following the root's own symlinks; new ones are root's, 0755.
Result<Fd> make_directories_in_root(const Fd& root, const std::string& path);

}  // namespace slim::container
