// SPDX-License-Identifier: Apache-2.0
#include "image/archive_json.hpp"

#include <nlohmann/json.hpp>

#include "slim/image/reference.hpp"

namespace slim::image {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Descriptor& descriptor) {
  return {{"mediaType", descriptor.media_type},
          {"digest", descriptor.digest.text()},
          {"size", descriptor.size}};
}

}  // namespace

std::string blob_path(const Digest& digest) {
  return "blobs/" + digest.algorithm + "/" + digest.hex;
}

std::string oci_manifest(const Descriptor& config, const std::vector<Descriptor>& layers) {
  Json list = Json::array();
  for (const Descriptor& layer : layers) list.push_back(to_json(layer));
  const Json manifest = {{"schemaVersion", 2},
                         {"mediaType", kManifestType},
                         {"config", to_json(config)},
                         {"layers", std::move(list)}};
  return manifest.dump();
}

void rename_index(Json& descriptor, const std::string& name) {
  // containerd keeps full names; everybody else takes the one that was given.
  descriptor["annotations"] = {{"io.containerd.image.name", full_image_name(name)},
                               {"org.opencontainers.image.ref.name", name}};
}

std::string oci_index(const Descriptor& manifest, const Platform& platform,
                      const std::vector<std::string>& tags) {
  Json entry = to_json(manifest);
  if (!tags.empty()) rename_index(entry, tags.front());
  entry["platform"] = {{"architecture", platform.architecture}, {"os", platform.os}};
  if (!platform.variant.empty()) entry["platform"]["variant"] = platform.variant;
  const Json index = {{"schemaVersion", 2},
                      {"mediaType", "application/vnd.oci.image.index.v1+json"},
                      {"manifests", Json::array({std::move(entry)})}};
  return index.dump();
}

std::string docker_manifest(const Descriptor& config, const std::vector<Descriptor>& layers,
                            const std::vector<std::string>& tags) {
  Json paths = Json::array();
  for (const Descriptor& layer : layers) paths.push_back(blob_path(layer.digest));
  Json image = {{"Config", blob_path(config.digest)}};
  // null and not an empty list is what `docker save` writes for an image without a name.
  image["RepoTags"] = tags.empty() ? Json(nullptr) : Json(tags);
  image["Layers"] = std::move(paths);
  return Json::array({std::move(image)}).dump();
}

}  // namespace slim::image
