// SPDX-License-Identifier: Apache-2.0
// What the user and the image want mounted: --volume, --mount, --tmpfs and the image's VOLUMEs.
#pragma once

#include <string>
#include <vector>

#include "slim/container/container.hpp"

namespace slim::container {

struct MountPlan {
  enum class Kind { bind, volume, tmpfs };
  Kind kind = Kind::volume;
  std::string source;       // bind: an absolute host path; volume: its name, "" for a fresh one
  std::string destination;  // clean and absolute
  std::vector<std::string> options;  // for the runtime, without "rbind"
  bool create_source = false;        // --volume makes a missing directory; --mount does not
  bool seed = true;                  // volume: starts with what the image has there
};

Result<MountPlan> parse_volume(const std::string& text);  // [SOURCE:]DESTINATION[:OPTIONS]
Result<MountPlan> parse_mount(const std::string& text);   // type=...,source=...,target=...
Result<MountPlan> parse_tmpfs(const std::string& text);   // DESTINATION[:OPTIONS]

// All of them, parents before children. An option for the place of an image's volume replaces it;
// two options for one place are a `usage` error.
Result<std::vector<MountPlan>> plan_mounts(const image::ImageConfig& config,
                                           const RunOptions& options);

}  // namespace slim::container
