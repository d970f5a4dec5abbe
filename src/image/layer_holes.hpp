// SPDX-License-Identifier: Apache-2.0
// Which parts of a file are worth storing.
#pragma once

#include <vector>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"
#include "slim/image/entry.hpp"

namespace slim::image {

// The extents of `file` that hold anything but zeros, ascending. Runs of zeros shorter than 64 KiB
// count as data. The answer depends on the content alone, not on where the file system keeps holes,
// so that an image gives the same bytes wherever its layers came from; holes only make it fast.
Result<std::vector<Extent>> data_extents(const Fd& file, uint64_t size);

}  // namespace slim::image
