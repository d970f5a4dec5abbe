// SPDX-License-Identifier: Apache-2.0
#include "image/blobs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "image/byte_source.hpp"
#include "image/json.hpp"
#include "slim/base/path.hpp"

namespace slim::image {
namespace {

class Directory : public Blobs {
 public:
  explicit Directory(std::string directory, std::string name)
      : directory_(std::move(directory)), name_(std::move(name)) {}

  const std::string& name() const override { return name_; }

  bool contains(const std::string& file) const override {
    return access(join_path(directory_, file).c_str(), F_OK) == 0;
  }

  Result<ByteRange> file(const std::string& file) const override {
    const std::string path = join_path(directory_, file);
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    auto fd = open_file(path, O_RDONLY | O_NONBLOCK);
    if (!fd && fd.error().code() == ErrorCode::not_found) {
      return fail(ErrorCode::image, name_ + " has no " + file);
    }
    if (!fd) return tl::unexpected(std::move(fd).error());
    struct stat status{};
    if (fstat(fd->get(), &status) != 0) return fail_errno("looking at " + path);
    if (!S_ISREG(status.st_mode)) {
      return fail(ErrorCode::image, name_ + ": " + file + " is not a regular file");
    }
    return ByteRange{std::make_shared<const Fd>(std::move(*fd)), 0,
                     static_cast<uint64_t>(status.st_size)};
  }

 private:
  std::string directory_;
  std::string name_;
};

class SkopeoDirectory : public Directory {
 public:
  using Directory::Directory;
  std::string blob_path(const Digest& digest) const override { return digest.hex; }
};

class Archive : public Blobs {
 public:
  explicit Archive(TarIndex index) : index_(std::move(index)) {}
  const std::string& name() const override { return index_.name(); }
  bool contains(const std::string& file) const override { return index_.contains(file); }
  Result<ByteRange> file(const std::string& file) const override { return index_.find(file); }

 private:
  TarIndex index_;
};

Result<std::string> read_range(const ByteRange& range, const std::string& name) {
  if (range.size > kMaxDocumentBytes) {
    return fail(ErrorCode::image, name + " is " + std::to_string(range.size) +
                                      " bytes, more than the " +
                                      std::to_string(kMaxDocumentBytes) + " that are accepted");
  }
  std::string text(range.size, '\0');
  RangeSource source(range, name);
  SLIM_CHECK(source.read(std::as_writable_bytes(std::span(text))));
  return text;
}

}  // namespace

std::string Blobs::blob_path(const Digest& digest) const {
  return "blobs/" + digest.algorithm + "/" + digest.hex;
}

Result<ByteRange> Blobs::blob(const Descriptor& descriptor, const std::string& what) const {
  const std::string path = blob_path(descriptor.digest);
  if (!contains(path)) {
    return fail(ErrorCode::image,
                name() + ": " + describe(what, descriptor.digest) + " is missing");
  }
  SLIM_TRY(ByteRange range, file(path));
  if (range.size != descriptor.size) {
    return fail(ErrorCode::image, name() + ": " + describe(what, descriptor.digest) + " is " +
                                      std::to_string(range.size) +
                                      " bytes long, but the image promises " +
                                      std::to_string(descriptor.size));
  }
  return range;
}

Result<std::string> Blobs::document(const Descriptor& descriptor, const std::string& what) const {
  SLIM_TRY(const ByteRange range, blob(descriptor, what));
  const std::string description = name() + ": " + describe(what, descriptor.digest);
  SLIM_TRY(std::string text, read_range(range, description));
  Digester digester(descriptor.digest.algorithm);
  digester.update(text);
  if (const Digest found = digester.finish(); found != descriptor.digest) {
    return fail(ErrorCode::image, description + " has the digest " + found.text() +
                                      ": it is damaged or was tampered with");
  }
  return text;
}

Result<std::string> Blobs::document(const std::string& file_name) const {
  SLIM_TRY(const ByteRange range, file(file_name));
  return read_range(range, name() + ": " + file_name);
}

std::shared_ptr<const Blobs> directory_blobs(std::string directory) {
  std::string name = directory;
  return std::make_shared<Directory>(std::move(directory), std::move(name));
}

std::shared_ptr<const Blobs> skopeo_directory_blobs(std::string directory, std::string name) {
  return std::make_shared<SkopeoDirectory>(std::move(directory), std::move(name));
}

std::shared_ptr<const Blobs> archive_blobs(TarIndex index) {
  return std::make_shared<Archive>(std::move(index));
}

std::string describe(const std::string& what, const Digest& digest) {
  return what + " (" + digest.text() + ")";
}

}  // namespace slim::image
