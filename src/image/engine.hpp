// SPDX-License-Identifier: Apache-2.0
// Images of the local Docker engine.
#pragma once

#include "slim/image/image.hpp"

namespace slim::image {

// Opens docker-daemon:NAME[:TAG], NAME@DIGEST or an image ID. When the engine runs on this host, we
// are root and its driver is overlay2, each layer is the engine's own directory, used in place
// (Layer::directory); otherwise the image is streamed to options.temporary_directory and read from
// there, and Image::warning says why.
// Errors: `not_found` (no such image), `unsupported` (no engine is reachable; other platform),
// `permission` (the socket may not be used), and those of open_image for a streamed archive.
Result<Image> open_engine_image(const Reference& reference, const OpenOptions& options);

// How the engine names what a reference means: "redis:7", "redis@sha256:...", "sha256:<id>".
std::string engine_name(const Reference& reference);

}  // namespace slim::image
