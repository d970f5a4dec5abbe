// SPDX-License-Identifier: Apache-2.0
// Containers that an engine of this host runs.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "slim/base/interrupt.hpp"
#include "slim/image/model.hpp"

namespace slim::image {

struct EngineContainer {
  std::string engine;  // "Docker" or "Podman"
  std::string id;
  std::string name;
  pid_t pid = 0;      // of its first process
  std::string image;  // as the container was made with it
  // What Image::digest is when this image is opened from this engine, and the digest of its config.
  // Empty: the engine does not tell.
  std::string image_digest, config_digest;
  // What the image declares with EXPOSE; unset when the engine has the image no more.
  std::optional<std::vector<Port>> exposed;
};

// Looks a container up by name or id (or the beginning of one), in the Docker engine and then in
// Podman. Errors: `not_found` (neither has it), `container` (it does not run), `unsupported` (there
// is no engine at all), `permission`.
Result<EngineContainer> find_container(const std::string& name, const Interrupt& interrupt);

}  // namespace slim::image
