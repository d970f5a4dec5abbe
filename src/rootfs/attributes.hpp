// SPDX-License-Identifier: Apache-2.0
// Giving files on disk the attributes of their entries, in the order the kernel asks for.
#pragma once

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"
#include "slim/image/entry.hpp"

namespace slim::rootfs {

// Whether this process may own files for others and make devices. Without it only what an ordinary
// user can have is set: the index still has it all, but nothing can be mounted.
bool privileged();

// Owner, mode, extended attributes and times, of a file or directory by descriptor ...
Result<void> set_attributes(const Fd& file, const image::Entry& entry);
// ... and of what cannot be opened (symlink, FIFO, device) by its name in a directory.
Result<void> set_attributes_at(const Fd& directory, const std::string& name,
                               const image::Entry& entry);

}  // namespace slim::rootfs
