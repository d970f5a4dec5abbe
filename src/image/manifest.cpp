// SPDX-License-Identifier: Apache-2.0
#include "image/manifest.hpp"

#include "image/json.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::image {
namespace {

constexpr std::string_view kIndexTypes[] = {
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
};
constexpr std::string_view kManifestTypes[] = {
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
};
constexpr std::string_view kConfigTypes[] = {
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
};

constexpr std::string_view kLayerTypes[] = {
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd",
};

// Docker and overlayfs stop at 127 and 500 layers; a manifest with more is no honest image.
constexpr size_t kMaxLayers = 500;

Result<Descriptor> parse_descriptor(const nlohmann::json& value, const std::string& document,
                                    const std::string& path) {
  SLIM_TRY(const JsonFields fields, JsonFields::of(value, document, path));
  Descriptor descriptor;
  SLIM_TRY(descriptor.media_type, fields.string("mediaType"));
  SLIM_TRY(const std::string digest, fields.string("digest"));
  auto parsed = Digest::parse(digest);
  if (!parsed) return fields.wrong("digest", "a digest (sha256 or sha512)");
  descriptor.digest = std::move(*parsed);
  SLIM_TRY(descriptor.size, fields.size("size"));
  return descriptor;
}

Result<ListedManifest> parse_listed(const nlohmann::json& value, const std::string& document,
                                    const std::string& path) {
  SLIM_TRY(const JsonFields fields, JsonFields::of(value, document, path));
  ListedManifest listed;
  SLIM_TRY(listed.descriptor, parse_descriptor(value, document, path));
  SLIM_TRY(const auto platform, fields.object("platform"));
  if (platform) {
    listed.platform.emplace();
    SLIM_TRY(listed.platform->os, platform->string("os"));
    SLIM_TRY(listed.platform->architecture, platform->string("architecture"));
    SLIM_TRY(listed.platform->variant, platform->string("variant"));
    listed.platform->use_known_names();
  }
  SLIM_TRY(const auto annotations, fields.object("annotations"));
  if (annotations) {
    SLIM_TRY(listed.ref_name, annotations->string("org.opencontainers.image.ref.name"));
    SLIM_TRY(listed.full_name, annotations->string("io.containerd.image.name"));
    SLIM_TRY(const std::string type, annotations->string("vnd.docker.reference.type"));
    listed.attestation = type == "attestation-manifest";
  }
  return listed;
}

Result<std::vector<ListedManifest>> parse_list(const JsonFields& root) {
  SLIM_TRY(const auto elements, root.list("manifests"));
  std::vector<ListedManifest> list;
  for (size_t i = 0; i < elements.size(); ++i) {
    SLIM_TRY(auto listed, parse_listed(*elements[i], root.document(),
                                       root.path_of("manifests[" + std::to_string(i) + "]")));
    list.push_back(std::move(listed));
  }
  return list;
}

Result<Manifest> parse_image_manifest(const JsonFields& root) {
  const nlohmann::json* config = root.find("config");
  if (!config) return fail(ErrorCode::image, root.document() + " has no config");
  Manifest manifest;
  SLIM_TRY(manifest.config, parse_descriptor(*config, root.document(), "config"));
  if (!is_one_of(manifest.config.media_type, kConfigTypes)) {
    return fail(ErrorCode::image,
                root.document() + " is not a container image: its config is of the type '" +
                    escape_bytes(manifest.config.media_type) + "'");
  }
  SLIM_TRY(const auto layers, root.list("layers"));
  if (layers.size() > kMaxLayers) {
    return fail(ErrorCode::image, root.document() + " has " + std::to_string(layers.size()) +
                                      " layers; at most " + std::to_string(kMaxLayers) +
                                      " are possible");
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    SLIM_TRY(auto layer, parse_descriptor(*layers[i], root.document(),
                                          "layers[" + std::to_string(i) + "]"));
    manifest.layers.push_back(std::move(layer));
  }
  return manifest;
}

// "v8" -> 8; what an architecture means without a variant otherwise.
int variant_number(const Platform& platform) {
  const std::string& text = platform.variant;
  if (text.size() >= 2 && text[0] == 'v' && text[1] >= '0' && text[1] <= '9') return text[1] - '0';
  if (platform.architecture == "arm64") return 8;
  return platform.architecture == "arm" ? 7 : 1;
}

}  // namespace

bool ListedManifest::is_index() const { return is_one_of(descriptor.media_type, kIndexTypes); }

Result<ManifestDocument> parse_manifest(const std::string& text, const std::string& declared,
                                        const std::string& document) {
  SLIM_TRY(const nlohmann::json json, parse_json(text, document));
  SLIM_TRY(const JsonFields root, JsonFields::of(json, document, ""));
  SLIM_TRY(const std::string own, root.string("mediaType"));
  if (!own.empty() && !declared.empty() && own != declared) {
    return fail(ErrorCode::image, document + " says it is of the type '" + escape_bytes(own) +
                                      "', but was promised as '" + escape_bytes(declared) + "'");
  }
  const std::string& type = declared.empty() ? own : declared;
  // A document that could be read as either is an attack on whoever checks it one way and uses it
  // the other (OCI distribution-spec, CVE-2021-41190).
  const bool listed = root.find("manifests"), layered = root.find("layers");
  if (listed && layered) {
    return fail(ErrorCode::image, document + " is ambiguous: it has both manifests and layers");
  }
  ManifestDocument result;
  if (is_one_of(type, kIndexTypes) || (type.empty() && listed)) {
    if (layered) return fail(ErrorCode::image, document + " is an index with layers");
    SLIM_TRY(result.list, parse_list(root));
    return result;
  }
  if (is_one_of(type, kManifestTypes) || (type.empty() && layered)) {
    if (listed) return fail(ErrorCode::image, document + " is a manifest with manifests");
    SLIM_TRY(result.manifest, parse_image_manifest(root));
    return result;
  }
  SLIM_TRY(const int64_t schema, root.integer("schemaVersion"));
  if (schema == 1) {
    return fail(ErrorCode::image, document + " is of Docker's schema 1, which has been obsolete "
                                             "since 2017; push the image again with a newer engine");
  }
  return fail(ErrorCode::image,
              document + " is of the unknown media type '" + escape_bytes(type) + "'");
}

Result<void> check_layer_type(const std::string& media_type, const std::string& layer) {
  if (is_one_of(media_type, kLayerTypes)) return {};
  std::string why = "has the unknown media type '" + escape_bytes(media_type) + "'";
  if (media_type.find("nondistributable") != std::string::npos ||
      media_type.find("foreign") != std::string::npos) {
    why = "is non-distributable ('" + escape_bytes(media_type) + "'): its content is not in the image";
  } else if (media_type.ends_with("+encrypted")) {
    why = "is encrypted; decrypt the image first (skopeo copy --decryption-key)";
  }
  return fail(ErrorCode::image, layer + " " + why);
}

Result<std::vector<DockerArchiveImage>> parse_docker_manifest(const std::string& text,
                                                              const std::string& document) {
  SLIM_TRY(const nlohmann::json json, parse_json(text, document));
  if (!json.is_array()) return fail(ErrorCode::image, document + " is not a list of images");
  std::vector<DockerArchiveImage> images;
  for (const nlohmann::json& element : json) {
    SLIM_TRY(const JsonFields fields,
             JsonFields::of(element, document, "[" + std::to_string(images.size()) + "]"));
    DockerArchiveImage image;
    SLIM_TRY(image.config, fields.string("Config"));
    SLIM_TRY(image.layers, fields.strings("Layers"));
    SLIM_TRY(image.names, fields.strings("RepoTags"));
    if (image.config.empty()) return fields.wrong("Config", "the name of a file");
    if (image.layers.size() > kMaxLayers) return fields.wrong("Layers", "a list of at most 500");
    images.push_back(std::move(image));
  }
  if (images.empty()) return fail(ErrorCode::image, document + " lists no image");
  return images;
}

int platform_score(const Platform& wanted, const Platform& has) {
  if (!has.os.empty() && has.os != wanted.os) return -1;
  if (has.architecture.empty()) return 1;
  if (has.architecture != wanted.architecture) {
    // Every 64-bit x86 runs 32-bit programs; nothing like it is certain elsewhere.
    return wanted.architecture == "amd64" && has.architecture == "386" ? 0 : -1;
  }
  const int want = variant_number(wanted), have = variant_number(has);
  if (have <= want) return 1000 - (want - have);
  return wanted.variant.empty() ? 100 - have : -1;
}

}  // namespace slim::image
