// SPDX-License-Identifier: Apache-2.0
// The documents that make one tar an OCI layout and a Docker archive (OCI image-spec
// image-layout.md, manifest.md; Docker Image Specification v1.2 "Combined Image JSON").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "slim/image/model.hpp"

namespace slim::image {

constexpr std::string_view kOciLayoutJson = R"({"imageLayoutVersion":"1.0.0"})";
constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kLayerType = "application/vnd.oci.image.layer.v1.tar";

// "blobs/sha256/<hex>".
std::string blob_path(const Digest& digest);

std::string oci_manifest(const Descriptor& config, const std::vector<Descriptor>& layers);
// index.json with one manifest, named by the first of `tags` if there is one.
std::string oci_index(const Descriptor& manifest, const Platform& platform,
                      const std::vector<std::string>& tags);
// Gives a descriptor of an index this name and no other.
void rename_index(nlohmann::ordered_json& descriptor, const std::string& name);
// Docker's manifest.json.
std::string docker_manifest(const Descriptor& config, const std::vector<Descriptor>& layers,
                            const std::vector<std::string>& tags);

}  // namespace slim::image
