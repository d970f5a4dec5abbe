// SPDX-License-Identifier: Apache-2.0
// Images made by hand, so that each byte of them can be wrong.
#pragma once

#include <zlib.h>
#include <zstd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "slim/base/digest.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"
#include "slim/image/image.hpp"

namespace slim::image::test {

// Errors are shown by the assertion that fails.
template <typename T>
T value_of(Result<T> result) {
  if (!result) FAIL(result.error().text());
  return std::move(*result);
}
inline void succeed(const Result<void>& result) {
  if (!result) FAIL(result.error().text());
}

template <typename T>
std::string error_of(const Result<T>& result) {
  REQUIRE_FALSE(result);
  return std::string(name(result.error().code())) + ": " + result.error().text();
}

inline TempDir scratch() { return value_of(TempDir::create("/tmp", "slim-image-test")); }

inline std::string gzip(const std::string& data) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, data.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string zstd(const std::string& data) {
  std::string out(ZSTD_compressBound(data.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), data.data(), data.size(), 1));
  return out;
}

// One ustar member.
struct Member {
  std::string name;
  std::string data;
  char type = '0';
  std::string target = {};
  std::string size_field = {};  // instead of the data's size
};

inline std::string tar_header(const Member& member) {
  std::string header(512, '\0');
  const auto put = [&](size_t at, const std::string& text) {
    std::memcpy(header.data() + at, text.data(), text.size());
  };
  if (member.name.size() > 100 || member.target.size() > 100) std::abort();
  char size[13];
  std::snprintf(size, sizeof size, "%011zo", member.data.size());
  put(0, member.name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, member.size_field.empty() ? std::string(size, 12) : member.size_field);
  put(136, "00000000000");
  put(148, "        ");
  put(156, std::string(1, member.type));
  put(157, member.target);
  put(257, std::string("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char checksum[9];
  std::snprintf(checksum, sizeof checksum, "%06o", sum);
  put(148, std::string(checksum, 7) + " ");
  return header;
}

inline std::string tar(const std::vector<Member>& members) {
  std::string out;
  for (const Member& member : members) {
    out += tar_header(member) + member.data;
    out.resize((out.size() + 511) / 512 * 512, '\0');
  }
  return out + std::string(1024, '\0');
}

inline std::string write(const TempDir& directory, const std::string& name,
                         const std::string& bytes) {
  const std::string path = join_path(directory.path(), name);
  succeed(make_directories(std::string(parent_of(path))));
  succeed(write_file_atomically(path, bytes));
  return path;
}

struct BuiltLayer {
  std::string tar;
  std::string blob;  // as stored
  std::string media_type;
};

inline BuiltLayer plain_layer(const std::string& bytes) {
  return {bytes, bytes, "application/vnd.oci.image.layer.v1.tar"};
}
inline BuiltLayer gzip_layer(const std::string& bytes) {
  return {bytes, gzip(bytes), "application/vnd.oci.image.layer.v1.tar+gzip"};
}
inline BuiltLayer zstd_layer(const std::string& bytes) {
  return {bytes, zstd(bytes), "application/vnd.oci.image.layer.v1.tar+zstd"};
}

using Json = nlohmann::json;

inline Json config_of(const std::vector<BuiltLayer>& layers,
                      const Platform& platform = Platform::host()) {
  Json config = {{"os", platform.os},
                 {"architecture", platform.architecture},
                 {"config", {{"Cmd", {"/bin/true"}}}},
                 {"rootfs", {{"type", "layers"}, {"diff_ids", Json::array()}}}};
  if (!platform.variant.empty()) config["variant"] = platform.variant;
  for (const BuiltLayer& layer : layers) {
    config["rootfs"]["diff_ids"].push_back(Digest::of(layer.tar).text());
  }
  return config;
}

// The files of an OCI layout.
class Layout {
 public:
  std::map<std::string, std::string> files = {{"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"}};
  Json index = {{"schemaVersion", 2}, {"manifests", Json::array()}};

  Json add_blob(const std::string& media_type, const std::string& bytes) {
    const Digest digest = Digest::of(bytes);
    files["blobs/sha256/" + digest.hex] = bytes;
    return {{"mediaType", media_type}, {"digest", digest.text()}, {"size", bytes.size()}};
  }
  Json add_manifest(const Json& config, const std::vector<BuiltLayer>& layers) {
    Json manifest = {{"schemaVersion", 2},
                     {"config", add_blob("application/vnd.oci.image.config.v1+json", config.dump())},
                     {"layers", Json::array()}};
    for (const BuiltLayer& layer : layers) {
      manifest["layers"].push_back(add_blob(layer.media_type, layer.blob));
    }
    return add_blob("application/vnd.oci.image.manifest.v1+json", manifest.dump());
  }
  // An image of its own in the index.
  Json& add_image(const std::vector<BuiltLayer>& layers, const std::string& tag = "latest") {
    Json entry = add_manifest(config_of(layers), layers);
    if (!tag.empty()) entry["annotations"]["org.opencontainers.image.ref.name"] = tag;
    return index["manifests"].emplace_back(entry);
  }
  std::map<std::string, std::string> all_files() const {
    auto all = files;
    all.emplace("index.json", index.dump());
    return all;
  }
  void write_to(const TempDir& directory) const {
    for (const auto& [file, bytes] : all_files()) write(directory, file, bytes);
  }
  std::string archive() const {
    std::vector<Member> members;
    for (const auto& [file, bytes] : all_files()) members.push_back({file, bytes});
    return tar(members);
  }
};

inline Result<Image> open(const std::string& reference, const OpenOptions& options = {}) {
  SLIM_TRY(const Reference parsed, Reference::parse(reference));
  return open_image(parsed, options);
}

// A whole layer, verified.
inline Result<std::string> content(const Image& image, size_t layer) {
  SLIM_TRY(const auto stream, image.source->open_layer(layer));
  std::string all;
  std::vector<std::byte> buffer(70'000);
  for (;;) {
    SLIM_TRY(const size_t got, stream->read(buffer));
    if (got == 0) break;
    all.append(reinterpret_cast<const char*>(buffer.data()), got);
  }
  SLIM_CHECK(stream->finish());
  return all;
}

}  // namespace slim::image::test
