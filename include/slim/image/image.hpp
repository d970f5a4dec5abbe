// SPDX-License-Identifier: Apache-2.0
// Opening an image wherever it is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "slim/base/interrupt.hpp"
#include "slim/base/progress.hpp"
#include "slim/image/model.hpp"
#include "slim/image/reference.hpp"

namespace slim::image {

// A source of bytes that proves itself: read() gives the bytes, finish() reads what is left and
// fails (code `image`) unless digest and size were what the image promised.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual Result<size_t> read(std::span<std::byte> into) = 0;  // 0 at the end
  virtual Result<void> finish() = 0;
};

struct Layer {
  Digest diff_id;                  // digest of the uncompressed tar
  std::optional<Descriptor> blob;  // as in the manifest; unset for an engine's own layers
  std::string directory;           // an overlay2 directory to use in place; empty: unpack it
};

// Gives the layers' contents. Different layers may be read at the same time, on any threads.
class LayerSource {
 public:
  virtual ~LayerSource() = default;
  // The uncompressed tar of a layer, decompressed (none, gzip, zstd) and checked on the way against
  // blob digest, blob size and diffID.
  virtual Result<std::unique_ptr<ByteStream>> open_layer(size_t index) = 0;
  // Reads the layer for its digest alone: of the blob as it is, where that has one. Errors as of the
  // stream, and `interrupted`.
  virtual Result<void> check_layer(size_t index, const Interrupt& interrupt);
  // Another text whenever the bytes of the layer may be others than before; empty: nobody can tell.
  virtual std::string layer_state(size_t) const { return {}; }
};

struct Image {
  Reference reference;
  Digest digest;  // of the manifest; of the config where the source has no manifest
  ImageConfig config;
  std::vector<Layer> layers;  // base first
  std::vector<std::string> names;  // NAME:TAG under which the source knows it
  std::string warning;  // e.g. why layers could not be used in place; empty if none
  std::shared_ptr<LayerSource> source;
};

struct OpenOptions {
  std::optional<Platform> platform;  // unset: the host's
  std::string temporary_directory;   // for what has to be copied first (engine streams, skopeo)
  const Interrupt* interrupt = nullptr;
  Progress* progress = nullptr;
};

// Errors: `not_found` (no such file, name or tag; lists the tags there are), `image` (not an image,
// truncated, wrong digest or size, unknown media type), `unsupported` (other platform: lists those
// it has; skopeo missing), `permission`.
Result<Image> open_image(const Reference& reference, const OpenOptions& options);

}  // namespace slim::image
