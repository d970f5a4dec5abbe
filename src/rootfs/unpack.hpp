// SPDX-License-Identifier: Apache-2.0
// A layer's tar to an overlayfs lower directory.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "slim/base/fd.hpp"
#include "slim/base/interrupt.hpp"
#include "slim/image/layer.hpp"

namespace slim::rootfs {

struct UnpackedLayer {
  std::vector<image::Entry> entries;  // canonical, see LayerTree::entries
  uint64_t bytes = 0;                 // of files' content
};

// Called now and then with the bytes and files since the last call.
using UnpackProgress = std::function<void(uint64_t bytes, uint64_t files)>;

// Unpacks into `root`, an empty directory nobody else writes to. Nothing outside it is touched,
// whatever the tar says: symlinks of the tar are followed by slim itself, inside the layer, and
// never by the kernel. Whiteouts become what overlayfs takes for them: a character device 0/0, and
// trusted.overlay.opaque on directories (Documentation/filesystems/overlayfs.rst, "whiteouts and
// opaque directories").
// Errors: `image` (hostile or malformed), `no_space`, `unsupported` (the file system refuses an
// attribute that a container would miss), `io`, `interrupted`.
Result<UnpackedLayer> unpack_layer(image::LayerReader& reader, const Fd& root,
                                   const Interrupt& interrupt, const UnpackProgress& progress);

}  // namespace slim::rootfs
