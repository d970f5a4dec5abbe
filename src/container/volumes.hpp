// SPDX-License-Identifier: Apache-2.0
// Fresh volumes that start with what the image has at their place.
#pragma once

#include <string>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"
#include "slim/base/interrupt.hpp"

namespace slim::container {

// Makes `directory` and, with `seed`, copies into it what `root` has at `destination`: contents,
// owners, modes, times, xattrs and hard links, and the attributes of the directory itself.
// A destination that is not a directory of the image gives an empty volume of root's, 0755.
Result<void> make_volume(const Fd& root, const std::string& destination,
                         const std::string& directory, bool seed, const Interrupt& interrupt);

}  // namespace slim::container
