// SPDX-License-Identifier: Apache-2.0
#include "verify/written_image.hpp"

namespace slim::verify {

Result<WrittenImage> WrittenImage::open(const std::string& archive,
                                        const image::Platform& platform, rootfs::Store& store,
                                        const Interrupt& interrupt) {
  SLIM_TRY(const auto reference, image::Reference::parse("oci-archive:" + archive));
  image::OpenOptions options;
  options.interrupt = &interrupt;
  options.platform = platform;
  SLIM_TRY(image::Image image, image::open_image(reference, options));
  SLIM_TRY(rootfs::Rootfs rootfs, rootfs::Rootfs::open(store, image, interrupt, nullptr));
  return WrittenImage{std::move(image), std::move(rootfs)};
}

void WrittenImage::forget(rootfs::Store& store) const {
  for (const auto& layer : image.layers) (void)store.forget(layer.diff_id);
}

}  // namespace slim::verify
