// SPDX-License-Identifier: Apache-2.0
// What `docker save` and its imitators write (Docker Image Specification v1.2, "Combined Image
// JSON + Filesystem Changeset Format").
#include <set>

#include "image/byte_source.hpp"
#include "image/open.hpp"
#include "image/verified_stream.hpp"
#include "slim/base/path.hpp"

namespace slim::image {
namespace {

using Images = std::vector<DockerArchiveImage>;

std::string normalised(const std::string& member) {
  std::string result;
  for (const std::string_view part : components(member)) result = join_path(result, part);
  return result;
}

Result<DockerArchiveImage> choose(const Images& images, const Reference& reference) {
  const std::string& tag = reference.tag;
  std::set<std::string> configs, there;
  for (size_t i = 0; i < images.size(); ++i) {
    configs.insert(images[i].config);
    if (tag == "@" + std::to_string(i)) return images[i];  // skopeo's @source-index
    for (const std::string& name : images[i].names) {
      if (!tag.empty() && full_image_name(name) == full_image_name(tag)) return images[i];
      there.insert(name);
    }
  }
  const std::string choice = there.empty() ? "@0 to @" + std::to_string(images.size() - 1)
                                           : listed_in_words(there);
  if (!tag.empty()) {
    return fail(ErrorCode::not_found, reference.location + " has no image '" + escape_bytes(tag) +
                                          "'; it has: " + choice);
  }
  if (configs.size() == 1) return images.front();
  return fail(ErrorCode::not_found, reference.location + " holds " +
                                        std::to_string(images.size()) +
                                        " images; add :NAME:TAG to say which: " + choice);
}

// Configs are named after their digest ("<hex>.json", "blobs/sha256/<hex>", kaniko's
// "sha256:<hex>"); one that is not what its name says is damaged.
Result<Digest> config_digest(const std::string& text, const std::string& member,
                             const std::string& archive) {
  Digest digest = Digest::of(text);
  std::string_view hex = name_of(member);
  if (hex.ends_with(".json")) hex.remove_suffix(5);
  if (hex.starts_with("sha256:")) hex.remove_prefix(7);
  const auto named = Digest::parse("sha256:" + std::string(hex));
  if (named && *named != digest) {
    return fail(ErrorCode::image, archive + ": the config '" + escape_bytes(member) +
                                      "' has the digest " + digest.text() +
                                      ": it is damaged or was tampered with");
  }
  return digest;
}

class ArchiveLayers : public LayerSource {
 public:
  ArchiveLayers(std::shared_ptr<const Blobs> blobs, std::vector<std::string> members,
                std::vector<Digest> diff_ids)
      : blobs_(std::move(blobs)), members_(std::move(members)), diff_ids_(std::move(diff_ids)) {}

  Result<std::unique_ptr<ByteStream>> open_layer(size_t index) override {
    if (index >= members_.size()) return fail(ErrorCode::internal, "there is no such layer");
    StreamSpec spec;
    SLIM_TRY(spec.blob, blobs_->file(members_[index]));
    spec.name = blobs_->name() + ": layer " + std::to_string(index + 1) + " (" +
                escape_bytes(members_[index]) + ")";
    // Nothing says how the layers are compressed; like Docker, look.
    SLIM_TRY(spec.compression, sniff_compression(spec.blob, spec.name));
    spec.diff_id = diff_ids_[index];
    SLIM_TRY(spec.max_bytes, default_max_bytes(spec.blob.size));
    return open_verified_stream(std::move(spec));
  }

  std::string layer_state(size_t index) const override {
    const auto file = blobs_->file(members_.at(index));
    return file ? state_of(*file) : std::string();
  }

 private:
  std::shared_ptr<const Blobs> blobs_;
  std::vector<std::string> members_;
  std::vector<Digest> diff_ids_;
};

}  // namespace

Result<Image> open_docker_archive(std::shared_ptr<const Blobs> blobs, const Reference& reference,
                                  const OpenOptions& options) {
  if (!blobs->contains("manifest.json")) {
    std::string why = ": it has no manifest.json";
    if (blobs->contains("index.json")) {
      why += ", but it is an OCI archive: write oci-archive:" + reference.location;
    } else if (blobs->contains("repositories")) {
      why += "; archives from before Docker 1.10 have to be loaded and saved again";
    }
    return fail(ErrorCode::image, blobs->name() + " is not a Docker archive" + why);
  }
  SLIM_TRY(const std::string text, blobs->document("manifest.json"));
  SLIM_TRY(const Images images, parse_docker_manifest(text, blobs->name() + ": manifest.json"));
  SLIM_TRY(const DockerArchiveImage chosen, choose(images, reference));

  Image image;
  const std::string config_member = normalised(chosen.config);
  SLIM_TRY(std::string config, blobs->document(config_member));
  SLIM_TRY(image.digest, config_digest(config, config_member, blobs->name()));
  auto parsed = ImageConfig::parse(std::move(config));
  if (!parsed) return tl::unexpected(std::move(parsed).error().context(blobs->name()));
  image.config = std::move(*parsed);
  SLIM_CHECK(check_platform(image.config, options, blobs->name()));
  if (image.config.diff_ids.size() != chosen.layers.size()) {
    return fail(ErrorCode::image,
                blobs->name() + ": manifest.json lists " + std::to_string(chosen.layers.size()) +
                    " layers, but the config has " +
                    std::to_string(image.config.diff_ids.size()) + " diff_ids");
  }
  std::vector<std::string> members;
  for (size_t i = 0; i < chosen.layers.size(); ++i) {
    members.push_back(normalised(chosen.layers[i]));
    SLIM_CHECK(blobs->file(members.back()));
    image.layers.push_back({image.config.diff_ids[i], std::nullopt, ""});
  }
  image.names = proper_names(chosen.names);
  image.source =
      std::make_shared<ArchiveLayers>(std::move(blobs), std::move(members), image.config.diff_ids);
  return image;
}

}  // namespace slim::image
