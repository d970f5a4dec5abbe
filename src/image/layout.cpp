// SPDX-License-Identifier: Apache-2.0
// OCI image layouts: from index.json down to one manifest, and from there to config and layers.
#include <set>

#include "image/byte_source.hpp"
#include "image/json.hpp"
#include "image/open.hpp"
#include "image/verified_stream.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::image {
namespace {

constexpr int kMaxIndexDepth = 5;

using List = std::vector<ListedManifest>;

Result<void> check_layout_version(const Blobs& blobs) {
  if (!blobs.contains("oci-layout")) {
    return fail(ErrorCode::image, blobs.name() + " is not an OCI image layout: no oci-layout file");
  }
  SLIM_TRY(const std::string text, blobs.document("oci-layout"));
  const std::string document = blobs.name() + ": oci-layout";
  SLIM_TRY(const auto json, parse_json(text, document));
  SLIM_TRY(const auto fields, JsonFields::of(json, document, ""));
  SLIM_TRY(const std::string version, fields.string("imageLayoutVersion"));
  if (version.starts_with("1.")) return {};
  return fail(ErrorCode::image, document + " has the unknown version '" + escape_bytes(version) +
                                    "'; version 1.0.0 is what slim reads");
}

bool is_whole_name(const std::string& text) {
  return text.find_first_of(":/") != std::string::npos;
}

bool matches_tag(const ListedManifest& listed, const std::string& tag) {
  if (tag.starts_with("@")) return listed.descriptor.digest.text() == tag.substr(1);
  if (listed.ref_name == tag) return true;
  if (!is_whole_name(tag)) return false;
  for (const std::string& name : {listed.ref_name, listed.full_name}) {
    if (is_whole_name(name) && full_image_name(name) == full_image_name(tag)) return true;
  }
  return false;
}

// What one could write after the colon.
std::set<std::string> tags_of(const List& list) {
  std::set<std::string> tags;
  for (const ListedManifest& listed : list) {
    tags.insert(listed.ref_name.empty() ? "@" + listed.descriptor.digest.text() : listed.ref_name);
  }
  return tags;
}

// The best of a list for a platform; entries that name no platform are a last resort, as their
// config may yet match.
Result<ListedManifest> choose_platform(const List& list, const OpenOptions& options,
                                       const std::string& name) {
  const Platform wanted = options.platform.value_or(Platform::host());
  const ListedManifest* best = nullptr;
  int best_score = -1;
  std::set<std::string> there;
  for (const ListedManifest& listed : list) {
    if (listed.attestation) continue;
    const int score = listed.platform ? platform_score(wanted, *listed.platform) : 0;
    if (listed.platform) there.insert(listed.platform->text());
    if (score > best_score) {
      best = &listed;
      best_score = score;
    }
  }
  if (best) return *best;
  if (there.empty()) return fail(ErrorCode::image, name + " holds no image");
  return fail(ErrorCode::unsupported, name + " has no image for " + wanted.text() +
                                          ", only for " + listed_in_words(there) +
                                          " (--platform chooses another)");
}

bool is_platform_list(const List& list) {
  std::set<std::string> platforms;
  for (const ListedManifest& listed : list) {
    if (!listed.platform || !platforms.insert(listed.platform->text()).second) return false;
  }
  return true;
}

// The entry of index.json that the reference means.
Result<ListedManifest> choose_entry(const List& all, const Reference& reference,
                                    const OpenOptions& options) {
  const std::string& name = reference.location;
  List list;
  std::set<Digest> seen;
  for (const ListedManifest& listed : all) {
    if (listed.attestation) continue;
    if (!reference.tag.empty() && !matches_tag(listed, reference.tag)) continue;
    if (seen.insert(listed.descriptor.digest).second) list.push_back(listed);
  }
  if (list.size() == 1) return list.front();
  if (list.empty() && all.empty()) return fail(ErrorCode::not_found, name + " holds no image");
  if (list.empty()) {
    return fail(ErrorCode::not_found, name + " has no image '" + escape_bytes(reference.tag) +
                                          "'; it has: " + listed_in_words(tags_of(all)));
  }
  if (is_platform_list(list)) return choose_platform(list, options, name);
  return fail(ErrorCode::not_found, name + " holds " + std::to_string(list.size()) +
                                        " images; add :TAG to say which: " +
                                        listed_in_words(tags_of(list)));
}

std::vector<std::string> names_of(const List& list, const Digest& digest) {
  std::vector<std::string> names;
  for (const ListedManifest& listed : list) {
    if (listed.descriptor.digest != digest) continue;
    // Where both are given, the reference's name is only the tag of the full one.
    const std::string& name = is_whole_name(listed.ref_name) ? listed.ref_name : listed.full_name;
    if (is_whole_name(name) && !is_one_of(name, names)) {
      names.push_back(name);
    }
  }
  return proper_names(names);
}

class ManifestLayers : public LayerSource {
 public:
  ManifestLayers(std::shared_ptr<const Blobs> blobs, std::vector<Layer> layers,
                 std::shared_ptr<void> keep_alive)
      : blobs_(std::move(blobs)), layers_(std::move(layers)), keep_alive_(std::move(keep_alive)) {}

  Result<std::unique_ptr<ByteStream>> open_layer(size_t index) override {
    SLIM_TRY(StreamSpec spec, blob_of(index));
    // Docker and containerd go by the bytes, and so there are images whose media types are wrong
    // (skopeo 1.9 says +gzip of the plain layers it copies). The digests decide what is right.
    SLIM_TRY(spec.compression, sniff_compression(spec.blob, spec.name));
    spec.diff_id = layers_[index].diff_id;
    SLIM_TRY(spec.max_bytes, default_max_bytes(spec.blob.size));
    return open_verified_stream(std::move(spec));
  }

  Result<void> check_layer(size_t index, const Interrupt& interrupt) override {
    SLIM_TRY(StreamSpec spec, blob_of(index));
    spec.diff_id = *spec.blob_digest;  // of the bytes as they are
    SLIM_TRY(const auto stream, open_verified_stream(std::move(spec)));
    return read_through(*stream, interrupt);
  }

  std::string layer_state(size_t index) const override {
    const auto spec = blob_of(index);
    return spec ? state_of(spec->blob) : std::string();
  }

 private:
  Result<StreamSpec> blob_of(size_t index) const {
    if (index >= layers_.size()) return fail(ErrorCode::internal, "there is no such layer");
    const Layer& layer = layers_[index];
    const std::string what = "layer " + std::to_string(index + 1);
    StreamSpec spec;
    SLIM_TRY(spec.blob, blobs_->blob(*layer.blob, what));
    spec.name = blobs_->name() + ": " + describe(what, layer.blob->digest);
    SLIM_CHECK(check_layer_type(layer.blob->media_type, spec.name));
    spec.blob_digest = layer.blob->digest;
    return spec;
  }

  std::shared_ptr<const Blobs> blobs_;
  std::vector<Layer> layers_;
  std::shared_ptr<void> keep_alive_;
};

}  // namespace

std::string listed_in_words(const std::set<std::string>& words) {
  constexpr size_t kEnough = 20;
  std::string text;
  size_t count = 0;
  for (const std::string& word : words) {
    if (count == kEnough) return text + " and " + std::to_string(words.size() - count) + " more";
    text += (count++ ? ", " : "") + escape_bytes(word);
  }
  return text;
}

std::vector<std::string> proper_names(const std::vector<std::string>& names) {
  std::vector<std::string> proper;
  for (const std::string& name : names) {
    if (Reference::parse("docker-daemon:" + name)) proper.push_back(name);
  }
  return proper;
}

Result<void> check_platform(const ImageConfig& config, const OpenOptions& options,
                            const std::string& name) {
  const Platform wanted = options.platform.value_or(Platform::host());
  if (platform_score(wanted, config.platform) >= 0) return {};
  return fail(ErrorCode::unsupported,
              name + " is for " + config.platform.text() + ", not for " + wanted.text() +
                  (options.platform ? "" : ", which this machine is"));
}

Result<Image> open_manifest(std::shared_ptr<const Blobs> blobs, const Manifest& manifest,
                            const Digest& digest, const OpenOptions& options,
                            std::shared_ptr<void> keep_alive) {
  Image image;
  image.digest = digest;
  SLIM_TRY(std::string config, blobs->document(manifest.config, "config"));
  auto parsed = ImageConfig::parse(std::move(config));
  if (!parsed) return tl::unexpected(std::move(parsed).error().context(blobs->name()));
  image.config = std::move(*parsed);
  SLIM_CHECK(check_platform(image.config, options, blobs->name()));
  if (image.config.diff_ids.size() != manifest.layers.size()) {
    return fail(ErrorCode::image,
                blobs->name() + ": the manifest has " + std::to_string(manifest.layers.size()) +
                    " layers, but the config has " +
                    std::to_string(image.config.diff_ids.size()) + " diff_ids");
  }
  for (size_t i = 0; i < manifest.layers.size(); ++i) {
    const Descriptor& blob = manifest.layers[i];
    const std::string what = "layer " + std::to_string(i + 1);
    SLIM_CHECK(check_layer_type(blob.media_type,
                                blobs->name() + ": " + describe(what, blob.digest)));
    SLIM_CHECK(blobs->blob(blob, what));
    image.layers.push_back({image.config.diff_ids[i], blob, ""});
  }
  image.source =
      std::make_shared<ManifestLayers>(std::move(blobs), image.layers, std::move(keep_alive));
  return image;
}

Result<Image> open_layout(std::shared_ptr<const Blobs> blobs, const Reference& reference,
                          const OpenOptions& options) {
  SLIM_CHECK(check_layout_version(*blobs));
  SLIM_TRY(const std::string index, blobs->document("index.json"));
  const std::string document = blobs->name() + ": index.json";
  SLIM_TRY(const auto top,
           parse_manifest(index, "application/vnd.oci.image.index.v1+json", document));
  SLIM_TRY(const ListedManifest entry, choose_entry(top.list, reference, options));
  Descriptor descriptor = entry.descriptor;
  for (int depth = 0; depth < kMaxIndexDepth; ++depth) {
    SLIM_TRY(const std::string text, blobs->document(descriptor, "manifest"));
    const std::string name = blobs->name() + ": " + describe("manifest", descriptor.digest);
    SLIM_TRY(const auto found, parse_manifest(text, descriptor.media_type, name));
    if (found.manifest) {
      SLIM_TRY(Image image,
               open_manifest(blobs, *found.manifest, descriptor.digest, options, nullptr));
      image.names = names_of(top.list, entry.descriptor.digest);
      return image;
    }
    SLIM_TRY(const ListedManifest chosen, choose_platform(found.list, options, blobs->name()));
    descriptor = chosen.descriptor;
  }
  return fail(ErrorCode::image, document + ": indexes are nested more than " +
                                    std::to_string(kMaxIndexDepth) + " deep");
}

}  // namespace slim::image
