// SPDX-License-Identifier: Apache-2.0
// Layers to one index (OCI image-spec layer.md#applying-changesets). Pure.
#pragma once

#include <vector>

#include "slim/rootfs/index.hpp"

namespace slim::rootfs {

struct Merged {
  Index index;
  // Directories of the index that an overlay of the layers would show with other attributes: the
  // topmost layer to have them has them only because it holds something below them, without an
  // entry that says what they are like. Ascending; paths of `index`.
  std::vector<std::string> implied;
  // The first layer that counts: the root of a layer may be opaque, which overlayfs does not know.
  size_t bottom = 0;
};

// `layers`, base first, each as StoredLayer::entries: sorted by path, hard links to an earlier path
// of the same layer, whiteouts as .wh. names. The root is always in the result; a directory that no
// layer describes belongs to 0:0 and has mode 0755 and time 0.
// Errors: `image` for malformed whiteouts and hard links to what is not there.
Result<Merged> merge_layers(std::vector<std::vector<image::Entry>> layers);

}  // namespace slim::rootfs
