// SPDX-License-Identifier: Apache-2.0
// Reference -> image -> root file system.
#pragma once

#include "cli/context.hpp"
#include "cli/traces.hpp"
#include "slim/base/file.hpp"
#include "slim/image/image.hpp"
#include "slim/rootfs/rootfs.hpp"

namespace slim::cli {

struct Source {
  rootfs::Store::Scratch scratch;  // what had to be copied to be read (engine streams, skopeo)
  image::Image image;
  rootfs::Rootfs rootfs;
  std::vector<std::vector<image::Entry>> layers;  // what each holds, if it was asked for
};

// What traces of it say they are of.
ImageIdentity identity(const Source& source);

Result<Source> read_source(Context& context);
// The same of another image than options.image.
enum class Detail { tree, layers };
Result<Source> read_source(Context& context, const std::string& reference,
                           Detail detail = Detail::tree);

}  // namespace slim::cli
