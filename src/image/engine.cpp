// SPDX-License-Identifier: Apache-2.0
#include "image/engine.hpp"

#include <fcntl.h>

#include <mutex>

#include <nlohmann/json.hpp>

#include "image/engine_http.hpp"
#include "image/engine_json.hpp"
#include "image/engine_local.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"

namespace slim::image {
namespace {

using Json = nlohmann::json;

const Interrupt& interrupt_of(const OpenOptions& options) {
  static const Interrupt kNever;
  return options.interrupt ? *options.interrupt : kNever;
}

Result<Json> inspect(const EngineHttp& engine, const std::string& name) {
  auto inspected = get_object(engine, "/images/" + url_path(name) + "/json");
  if (!inspected && inspected.error().code() == ErrorCode::not_found)
    return fail(ErrorCode::not_found,
                "no image " + name + " in the Docker engine (docker images lists what it has)");
  return inspected;
}

Result<void> check_platform(const Json& inspected, const std::string& name,
                            const OpenOptions& options) {
  const Platform wanted = options.platform.value_or(Platform::host());
  Platform has;
  has.os = text_at(inspected, "Os");
  has.architecture = text_at(inspected, "Architecture");
  has.variant = text_at(inspected, "Variant");
  has.use_known_names();
  const bool same =
      has.os == wanted.os && has.architecture == wanted.architecture &&
      (has.variant.empty() || wanted.variant.empty() || has.variant == wanted.variant);
  if (same || has.architecture.empty()) return {};
  return fail(ErrorCode::unsupported, "image " + name + " in the Docker engine is for " +
                                          has.text() + ", not for " + wanted.text());
}

// Streams the image, as `docker save` would, to a file; its path.
Result<std::string> save_image(const EngineHttp& engine, const std::string& name,
                               uint64_t expected_bytes, const OpenOptions& options) {
  if (options.temporary_directory.empty())
    return fail(ErrorCode::internal, "no directory to stream the Docker engine's image to");
  std::string path = join_path(options.temporary_directory, "engine-image-XXXXXX");
  const Fd file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file) return fail_errno("cannot create a file in " + options.temporary_directory);
  uint64_t done = 0;
  const auto sink = [&](std::span<const std::byte> bytes) -> Result<void> {
    SLIM_CHECK(write_all(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path));
    done += bytes.size();
    if (options.progress) options.progress->advance(done, std::max(done, expected_bytes), 0);
    return {};
  };
  auto reply = engine.download("/images/" + url_path(name) + "/get", sink);
  if (reply && reply->ok()) return path;
  ::unlink(path.c_str());
  if (!reply)
    return tl::unexpected<Error>(std::move(reply).error().context(
        "copying " + name + " from the Docker engine to " + options.temporary_directory));
  const ErrorCode code = reply->status == 404 ? ErrorCode::not_found : ErrorCode::io;
  return fail(code, "the Docker engine does not give image " + name + ": " + reply->message());
}

Result<Image> open_streamed(const EngineHttp& engine, const std::string& name,
                            uint64_t expected_bytes, const OpenOptions& options) {
  SLIM_TRY(const std::string path, save_image(engine, name, expected_bytes, options));
  return open_image(Reference{Transport::docker_archive, path, ""}, options);
}

// The contents of layers that are used in place. Nobody should need their tars; whoever does gets
// them from the engine, streamed once.
class InPlaceSource : public LayerSource {
 public:
  InPlaceSource(std::string socket, std::string name, OpenOptions options)
      : socket_(std::move(socket)), name_(std::move(name)), options_(std::move(options)) {
    options_.progress = nullptr;
  }

  Result<std::unique_ptr<ByteStream>> open_layer(size_t index) override {
    const std::lock_guard guard(mutex_);
    if (!streamed_) {
      SLIM_TRY(const EngineHttp engine, EngineHttp::connect(socket_, interrupt_of(options_)));
      SLIM_TRY(streamed_, open_streamed(engine, name_, 0, options_));
    }
    return streamed_->source->open_layer(index);
  }

 private:
  std::string socket_, name_;
  OpenOptions options_;
  std::mutex mutex_;
  std::optional<Image> streamed_;
};

Result<Image> image_in_place(LocalLayers local) {
  SLIM_TRY(ImageConfig config, ImageConfig::parse(std::move(local.config_json)));
  Image image;
  for (size_t i = 0; i < local.directories.size(); ++i) {
    Layer layer;
    layer.diff_id = config.diff_ids[i];
    layer.directory = std::move(local.directories[i]);
    image.layers.push_back(std::move(layer));
  }
  image.config = std::move(config);
  return image;
}

std::vector<std::string> names_of(const Json& inspected) {
  std::vector<std::string> names;
  if (const auto tags = inspected.find("RepoTags"); tags != inspected.end() && tags->is_array())
    for (const Json& tag : *tags)
      if (tag.is_string()) names.push_back(tag.get<std::string>());
  return names;
}

}  // namespace

std::string engine_name(const Reference& reference) {
  if (reference.tag.empty()) return reference.location;
  return reference.location + (reference.tag.starts_with("@") ? "" : ":") + reference.tag;
}

Result<Image> open_engine_image(const Reference& reference, const OpenOptions& options) {
  const std::string name = engine_name(reference);
  SLIM_TRY(const std::string socket, engine_socket());
  SLIM_TRY(const EngineHttp engine, EngineHttp::connect(socket, interrupt_of(options)));
  SLIM_TRY(const Json inspected, inspect(engine, name));
  SLIM_CHECK(check_platform(inspected, name, options));
  SLIM_TRY(const Json info, get_object(engine, "/info"));

  Image image;
  auto local = find_local_layers(info, inspected);
  if (local) {
    SLIM_TRY(image, image_in_place(std::move(*local)));
    SLIM_TRY(image.digest, Digest::parse(text_at(inspected, "Id")));
    image.source = std::make_shared<InPlaceSource>(socket, name, options);
  } else {
    const auto size = inspected.find("Size");
    const uint64_t bytes =
        size != inspected.end() && size->is_number_unsigned() ? size->get<uint64_t>() : 0;
    SLIM_TRY(image, open_streamed(engine, name, bytes, options));
    image.warning = "the image is copied from the Docker engine instead of used in place: " +
                    local.error().text();
  }
  image.reference = reference;
  image.names = names_of(inspected);
  return image;
}

}  // namespace slim::image
