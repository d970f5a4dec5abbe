// SPDX-License-Identifier: Apache-2.0
// Reference -> image -> root file system.
#pragma once

#include "cli/context.hpp"
#include "slim/base/file.hpp"
#include "slim/image/image.hpp"
#include "slim/rootfs/rootfs.hpp"

namespace slim::cli {

struct Source {
  TempDir scratch;  // what had to be copied to be read (engine streams, skopeo)
  image::Image image;
  rootfs::Rootfs rootfs;
};

Result<Source> read_source(Context& context);
// The same of another image than options.image.
Result<Source> read_source(Context& context, const std::string& reference);

}  // namespace slim::cli
