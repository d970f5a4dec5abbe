// SPDX-License-Identifier: Apache-2.0
// The entries of a layer that an engine keeps as an overlayfs directory.
#pragma once

#include <string>
#include <vector>

#include "slim/base/interrupt.hpp"
#include "slim/image/entry.hpp"

namespace slim::rootfs {

// Walks `directory` (Docker's overlay2/ID/diff) without changing anything, and gives canonical
// entries (see LayerTree::entries): character devices 0/0 and trusted.overlay.opaque are whiteouts.
// Attributes that belong to the host and not to the image (security labels, the time at which the
// engine unpacked the root) are left out.
// Errors: `unsupported` when the directory uses features of overlayfs that only the mount it came
// from can undo (redirects, metadata-only copies).
Result<std::vector<image::Entry>> walk_layer(const std::string& directory,
                                             const Interrupt& interrupt);

}  // namespace slim::rootfs
