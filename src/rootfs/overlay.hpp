// SPDX-License-Identifier: Apache-2.0
// Mounting overlayfs (Documentation/filesystems/overlayfs.rst).
#pragma once

#include <string>
#include <vector>

#include "slim/base/error.hpp"

namespace slim::rootfs {

struct OverlayRequest {
  std::vector<std::string> lower;  // topmost first, at least one
  std::string scratch;             // has upper/, work/ and rootfs/, the mount point
};

// The mount API of Linux 6.5, one call a layer: no limit but the kernel's own (500), and no
// character of a path means anything. `unsupported` when this kernel cannot, so that
// mount_overlay_classic has to be tried.
Result<void> mount_overlay(const OverlayRequest& request);
// mount(2): all options in one page, so the layers are given as short symlinks in `scratch`/l.
Result<void> mount_overlay_classic(const OverlayRequest& request);

}  // namespace slim::rootfs
