// SPDX-License-Identifier: Apache-2.0
#include "slim/image/write.hpp"

#include <sys/types.h>
#include <unistd.h>

#include "image/archive_json.hpp"
#include "image/config_rewrite.hpp"
#include "image/write_tar.hpp"
#include "slim/base/file.hpp"
#include "slim/base/text.hpp"

namespace slim::image {
namespace {

// The archive while it grows. Order of members: the layer comes before the documents that name it,
// because they need its digest; index.json and manifest.json, which hold the names, come last, so
// that the archive can be sent under other names without copying it (see send_archive).
class ArchiveFile {
 public:
  ArchiveFile(const Fd& fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  Result<void> add(std::string_view member, std::string_view content) {
    const std::string bytes = tar_member(member, content);
    SLIM_CHECK(write_all(fd_, bytes, name_));
    size_ += bytes.size();
    return {};
  }

  Result<Descriptor> add_blob(const char* media_type, const std::string& content) {
    Descriptor blob{media_type, Digest::of(content), content.size()};
    SLIM_CHECK(add(blob_path(blob.digest), content));
    return blob;
  }

  // The layer's bytes go to where they stay, after room for a header that is filled in when the
  // digest is known.
  Result<LayerWriter::Summary> add_layer(const WriteRequest& request) {
    SLIM_CHECK(write_all(fd_, std::string(kTarBlock, '\0'), name_));
    SLIM_TRY(LayerWriter writer, LayerWriter::create(fd_, name_));
    SLIM_CHECK(request.write_layer(writer));
    SLIM_TRY(LayerWriter::Summary layer, writer.finish());
    const uint64_t end = size_ + kTarBlock + layer.tar_bytes;
    if (::lseek(fd_.get(), 0, SEEK_CUR) != static_cast<off_t>(end))
      return fail(ErrorCode::internal, name_ + ": the layer's size is not what was written");
    const auto header = tar_header(blob_path(layer.diff_id), layer.tar_bytes);
    if (::pwrite(fd_.get(), header.data(), header.size(), static_cast<off_t>(size_)) !=
        static_cast<ssize_t>(header.size()))
      return fail_errno("cannot write " + name_);
    const uint64_t padding = tar_padding(layer.tar_bytes);
    SLIM_CHECK(write_all(fd_, std::string(padding, '\0'), name_));
    size_ = end + padding;
    return layer;
  }

  Result<uint64_t> finish() {
    const std::string bytes = tar_end();
    SLIM_CHECK(write_all(fd_, bytes, name_));
    return size_ + bytes.size();
  }

 private:
  const Fd& fd_;
  std::string name_;
  uint64_t size_ = 0;
};

Result<std::vector<std::string>> normalise_tags(const std::vector<std::string>& tags) {
  std::vector<std::string> result;
  for (const std::string& tag : tags) {
    SLIM_TRY(std::string normal, normalise_tag(tag));
    if (!is_one_of(normal, result))
      result.push_back(std::move(normal));
  }
  return result;
}

Result<WrittenImage> write_members(ArchiveFile& archive, const WriteRequest& request,
                                   const std::vector<std::string>& tags) {
  WrittenImage written;
  SLIM_CHECK(archive.add("oci-layout", kOciLayoutJson));
  SLIM_CHECK(archive.add("blobs/", ""));
  SLIM_CHECK(archive.add("blobs/sha256/", ""));
  SLIM_TRY(written.layer, archive.add_layer(request));
  const Descriptor layer{kLayerType, written.layer.diff_id, written.layer.tar_bytes};

  SLIM_TRY(const std::string config_json,
           rewrite_config(*request.source, request.changes, {layer.digest}));
  SLIM_TRY(const Descriptor config, archive.add_blob(kConfigType, config_json));
  SLIM_TRY(const Descriptor manifest,
           archive.add_blob(kManifestType, oci_manifest(config, {layer})));
  SLIM_CHECK(archive.add("index.json", oci_index(manifest, request.source->platform, tags)));
  SLIM_CHECK(archive.add("manifest.json", docker_manifest(config, {layer}, tags)));
  SLIM_TRY(written.archive_bytes, archive.finish());
  written.config_digest = config.digest;
  written.manifest_digest = manifest.digest;
  return written;
}

}  // namespace

Result<WrittenImage> write_image(const std::string& path, const WriteRequest& request) {
  SLIM_TRY(const auto tags, normalise_tags(request.tags));
  // Everything that can be refused is refused before the first byte is written.
  SLIM_CHECK(rewrite_config(*request.source, request.changes, {}));
  SLIM_TRY(AtomicFile file, AtomicFile::create(path));
  ArchiveFile archive(file.fd(), path);
  auto written = write_members(archive, request, tags);
  if (!written)
    return tl::unexpected<Error>(std::move(written).error().context("writing the slim image"));
  SLIM_CHECK(file.commit());
  return written;
}

}  // namespace slim::image
