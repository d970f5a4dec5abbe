// SPDX-License-Identifier: Apache-2.0
// What an inspection looks at: an image, read and never run.
#pragma once

#include <functional>
#include <vector>

#include "slim/base/fd.hpp"
#include "slim/base/interrupt.hpp"
#include "slim/image/model.hpp"
#include "slim/rootfs/index.hpp"

namespace slim::inspect {

using Layers = std::vector<std::vector<image::Entry>>;  // as StoredLayer::entries, base first

struct Subject {
  const image::ImageConfig& config;
  const rootfs::Index& index;
  const Layers& layers;
  // A regular file for reading; also one that a later layer hides.
  std::function<Result<Fd>(const rootfs::IndexEntry&)> open;
  const Interrupt* interrupt = nullptr;
};

}  // namespace slim::inspect
