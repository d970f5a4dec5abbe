// SPDX-License-Identifier: Apache-2.0
// Writing the slim image and sending it on.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "slim/image/layer.hpp"
#include "slim/image/model.hpp"

namespace slim::image {

// What changes in the source's config; everything else is kept byte for byte in meaning.
struct ConfigChanges {
  std::vector<Port> exposed_ports;                  // replaces ExposedPorts
  std::map<std::string, std::string> labels;        // added
  std::vector<std::string> volumes;                 // replaces Volumes
  std::optional<std::vector<std::string>> cmd;      // replaces Cmd (an empty one removes it)
  std::optional<std::vector<std::string>> entrypoint;
  std::string history_comment;                      // "slim: 312 of 20114 files kept"
  int64_t created = 0;  // seconds; the source's own `created` unless SOURCE_DATE_EPOCH says else
};

struct WriteRequest {
  const ImageConfig* source = nullptr;
  ConfigChanges changes;
  std::vector<std::string> tags;  // NAME:TAG, for RepoTags and org.opencontainers.image.ref.name
  // Adds every entry, in ascending order of path, to the one layer of the result.
  std::function<Result<void>(LayerWriter&)> write_layer;
};

struct WrittenImage {
  Digest manifest_digest;
  Digest config_digest;
  LayerWriter::Summary layer;
  uint64_t archive_bytes = 0;
};

// Writes `path` (atomically): one tar that is an OCI layout (oci-layout, index.json, blobs/) and a
// Docker archive (manifest.json pointing into blobs/) at once.
Result<WrittenImage> write_image(const std::string& path, const WriteRequest& request);

// Sends the archive to `destination`, in skopeo's names: docker-daemon: through the engine's
// socket, everything else through skopeo. Errors: `unsupported` if skopeo is missing.
Result<void> send_image(const std::string& archive, const std::string& destination,
                        const Interrupt& interrupt);

}  // namespace slim::image
