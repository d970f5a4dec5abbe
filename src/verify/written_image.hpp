// SPDX-License-Identifier: Apache-2.0
// The slim image as it was written, open to be run.
#pragma once

#include <string>

#include "slim/image/image.hpp"
#include "slim/rootfs/rootfs.hpp"

namespace slim::verify {

struct WrittenImage {
  image::Image image;
  rootfs::Rootfs rootfs;

  // The archive's image, its layer unpacked into the store; it is for the platform of its source,
  // which need not be the host's. Errors: those of image and store.
  static Result<WrittenImage> open(const std::string& archive, const image::Platform& platform,
                                   rootfs::Store& store, const Interrupt& interrupt);
  // Its one layer is the result of this run alone: nothing would ever use it again.
  void forget(rootfs::Store& store) const;
};

}  // namespace slim::verify
