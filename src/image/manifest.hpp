// SPDX-License-Identifier: Apache-2.0
// Indexes and manifests: OCI image-spec image-index.md and manifest.md, Docker's "Image Manifest
// V 2, Schema 2", and the manifest.json of docker save.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "slim/image/model.hpp"

namespace slim::image {

struct Manifest {
  Descriptor config;
  std::vector<Descriptor> layers;  // base first
};

// One line of an index.
struct ListedManifest {
  Descriptor descriptor;
  std::optional<Platform> platform;
  std::string ref_name;           // org.opencontainers.image.ref.name: a tag or a whole name
  std::string full_name;          // io.containerd.image.name, which docker save writes
  bool attestation = false;       // BuildKit's provenance and SBOM, no image
  bool is_index() const;
};

// Either of the two, told apart by media type or, where there is none, by what is in it.
struct ManifestDocument {
  std::optional<Manifest> manifest;
  std::vector<ListedManifest> list;
};
// `declared` is the media type of the descriptor that led here ("" if none did).
Result<ManifestDocument> parse_manifest(const std::string& text, const std::string& declared,
                                        const std::string& document);

// Errors: `image` for media types that are no layers, whose content is elsewhere (foreign,
// non-distributable) or encrypted.
Result<void> check_layer_type(const std::string& media_type, const std::string& layer);

struct DockerArchiveImage {
  std::string config;               // member names
  std::vector<std::string> layers;  // base first
  std::vector<std::string> names;   // NAME:TAG
};
Result<std::vector<DockerArchiveImage>> parse_docker_manifest(const std::string& text,
                                                              const std::string& document);

// How well an image for `has` runs where `wanted` is asked for: higher is better, negative not at
// all. `wanted` without a variant takes any, its architecture's base line first.
int platform_score(const Platform& wanted, const Platform& has);

}  // namespace slim::image
