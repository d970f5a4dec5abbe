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
  std::vector<Port> exposed_ports;              // replaces ExposedPorts
  std::map<std::string, std::string> labels;    // added
  std::vector<std::string> volumes;             // replaces Volumes
  std::optional<std::vector<std::string>> cmd;  // replaces Cmd (an empty one removes it)
  std::optional<std::vector<std::string>> entrypoint;
  std::string history_comment;  // "slim: 312 of 20114 files kept"
  std::optional<int64_t> created;  // seconds since the epoch ($SOURCE_DATE_EPOCH); unset: the source's
};

struct WriteRequest {
  const ImageConfig* source = nullptr;
  ConfigChanges changes;
  // NAME[:TAG] (":latest" is added). All become RepoTags; the first is the one name of the OCI
  // layout (org.opencontainers.image.ref.name): with several, readers that are given no name refuse
  // to choose, even between names of the same manifest. None: the image has no name.
  std::vector<std::string> tags;
  // Adds every entry, in ascending order of path, to the one layer of the result.
  std::function<Result<void>(LayerWriter&)> write_layer;
};

struct WrittenImage {
  Digest manifest_digest;
  Digest config_digest;
  LayerWriter::Summary layer;
  uint64_t archive_bytes = 0;
};

// Checks a NAME[:TAG] against the grammar of references (distribution/reference) and adds ":latest"
// when there is no tag. The error is `usage`.
Result<std::string> normalise_tag(const std::string& name);

// Writes `path` (atomically): one tar that is an OCI layout (oci-layout, index.json, blobs/) and a
// Docker archive (manifest.json pointing into blobs/) at once. The same request gives the same
// bytes. The layer is written once, straight to its place. On any error nothing is left behind.
Result<WrittenImage> write_image(const std::string& path, const WriteRequest& request);

// Whether send_image could work at all: a known transport, a well-formed name, skopeo installed
// where it is needed. For refusing a bad --to before the work is done. Errors: `usage`,
// `unsupported`.
Result<void> check_destination(const std::string& destination);

// Sends the archive to `destination`, in skopeo's names: docker-daemon: through the engine's
// socket, streamed from disk, named exactly as the destination says; everything else (docker://,
// containers-storage:, oci:, oci-archive:, docker-archive:, dir:) through skopeo, which is told to
// accept plain HTTP from localhost only. oci:, oci-archive: and dir: get the same manifest digest;
// for a registry the layer is compressed on the way. Errors: `usage`, `unsupported` if skopeo is
// missing or the engine is not reachable, `permission`, `io` with skopeo's or the engine's own
// message.
Result<void> send_image(const std::string& archive, const std::string& destination,
                        const Interrupt& interrupt);

}  // namespace slim::image
