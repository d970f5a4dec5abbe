// SPDX-License-Identifier: Apache-2.0
#include "image/open.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "image/byte_source.hpp"
#include "image/engine.hpp"
#include "image/verified_stream.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"

namespace slim::image {
namespace {

// A file without a name: it is gone with its last descriptor, whatever happens to this process.
Result<Fd> unnamed_file(const std::string& directory) {
  auto file = open_file(directory, O_TMPFILE | O_RDWR, 0600);
  if (file) return file;
  // Some file systems (NFS, older overlayfs) have no O_TMPFILE.
  std::string path = join_path(directory, "slim-archive-XXXXXX");
  Fd named(mkostemp(path.data(), O_CLOEXEC));
  if (!named) return fail_errno("creating a temporary file in " + directory);
  unlink(path.c_str());
  return named;
}

// A compressed archive has no members that could be read in place.
Result<Fd> decompressed(Fd file, const std::string& path, Compression compression, uint64_t size,
                        const OpenOptions& options) {
  const std::string directory = temporary_directory_of(options);
  SLIM_TRY(Fd out, unnamed_file(directory));
  SLIM_TRY(const uint64_t limit, default_max_bytes(size));
  RangeSource source({std::make_shared<const Fd>(std::move(file)), 0, size}, path);
  SLIM_TRY(const auto decoder, decompressing(source, compression, path));
  std::vector<std::byte> buffer(1u << 20);
  for (uint64_t total = 0;;) {
    SLIM_CHECK(interrupt_of(options).check());
    SLIM_TRY(const size_t got, decoder->read(buffer));
    if (got == 0) return out;
    total += got;
    if (total > limit) {
      return fail(ErrorCode::image, path + " unpacks to more than " + std::to_string(limit) +
                                        " bytes: refused as a decompression bomb "
                                        "(SLIM_MAX_LAYER_BYTES sets the limit)");
    }
    const std::string_view bytes(reinterpret_cast<const char*>(buffer.data()), got);
    SLIM_CHECK_CONTEXT(write_all(out, bytes, "a temporary file in " + directory),
                       "decompressing " + path);
    if (options.progress) options.progress->advance(total, 0, 0);
  }
}

Result<TarIndex> open_archive(const std::string& path, const OpenOptions& options) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  SLIM_TRY(Fd file, open_file(path, O_RDONLY | O_NONBLOCK));
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return fail_errno("looking at " + path);
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::image, path + " is not a file, so not an archive" +
                                      (S_ISDIR(status.st_mode)
                                           ? "; for a layout directory write oci:" + path
                                           : std::string()));
  }
  SLIM_TRY(const Compression compression, sniff_compression(file, path));
  if (compression != Compression::none) {
    SLIM_TRY(file, decompressed(std::move(file), path, compression,
                                static_cast<uint64_t>(status.st_size), options));
  }
  return TarIndex::open(std::move(file), path, interrupt_of(options));
}

Result<Image> open_oci_directory(const Reference& reference, const OpenOptions& options) {
  struct stat status{};
  const std::string& path = reference.location;
  if (stat(path.c_str(), &status) != 0) return fail_errno("opening " + path);
  if (!S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::image, path + " is not a directory; for an archive write oci-archive:" +
                                      path);
  }
  return open_layout(directory_blobs(path), reference, options);
}

Result<Image> open_oci_archive(const Reference& reference, const OpenOptions& options) {
  SLIM_TRY(TarIndex index, open_archive(reference.location, options));
  const auto blobs = archive_blobs(std::move(index));
  // A bare path to a compressed archive has been recognised by its first members only.
  if (!blobs->contains("index.json") && blobs->contains("manifest.json")) {
    return open_docker_archive(blobs, reference, options);
  }
  return open_layout(blobs, reference, options);
}

std::string whole_name(const Reference& reference) {
  if (reference.tag.empty()) return reference.location;
  return reference.location + (reference.tag.starts_with("@") ? "" : ":") + reference.tag;
}

// Why the file or directory that has this name is no image; empty if there is none.
std::string why_no_image(const std::string& path, const OpenOptions& options) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return {};
  Reference file;
  file.location = path;
  const auto image = S_ISDIR(status.st_mode) ? open_oci_directory(file, options)
                                             : open_oci_archive(file, options);
  return image ? std::string() : image.error().text();
}

// A bare name: the local Docker engine, Podman's storage, the registry. What is broken there counts
// as not there, but all of it is told when nothing is found anywhere.
Result<Image> open_name(const Reference& reference, const OpenOptions& options) {
  struct Place {
    Transport transport;
    const char* name;
  };
  constexpr Place kPlaces[] = {
      {Transport::docker_daemon, "the Docker engine"},
      {Transport::containers_storage, "Podman's storage"},
      {Transport::registry, "the registry"},
  };
  std::string tried;
  for (const Place& place : kPlaces) {
    Reference there = reference;
    there.transport = place.transport;
    auto image = open_image(there, options);
    if (image) return image;
    const Error& error = image.error();
    // It is there and cannot be used: looking for another image of that name would surprise.
    if (error.code() == ErrorCode::interrupted || error.code() == ErrorCode::image ||
        error.code() == ErrorCode::no_space) {
      return image;
    }
    tried += std::string(tried.empty() ? "" : "; ") + place.name + ": " + error.text();
  }
  const std::string name = whole_name(reference);
  const std::string unusable = why_no_image(name, options);
  return fail(ErrorCode::not_found,
              "no image '" + name + "' was found, and " +
                  (unusable.empty() ? "no file of that name" : "of the file: " + unusable) +
                  ". Tried " + tried);
}

Result<Image> dispatch(const Reference& reference, const OpenOptions& options) {
  switch (reference.transport) {
    case Transport::oci: return open_oci_directory(reference, options);
    case Transport::oci_archive: return open_oci_archive(reference, options);
    case Transport::docker_archive: {
      SLIM_TRY(TarIndex index, open_archive(reference.location, options));
      return open_docker_archive(archive_blobs(std::move(index)), reference, options);
    }
    case Transport::docker_daemon: return open_engine_image(reference, options);
    case Transport::containers_storage:
    case Transport::registry: return open_with_skopeo(reference, options);
    case Transport::name: return open_name(reference, options);
  }
  return fail(ErrorCode::internal, "unknown transport");
}

}  // namespace

const Interrupt& interrupt_of(const OpenOptions& options) {
  static const Interrupt kNever;
  return options.interrupt ? *options.interrupt : kNever;
}

std::string temporary_directory_of(const OpenOptions& options) {
  if (!options.temporary_directory.empty()) return options.temporary_directory;
  // Images are large, and /tmp is often in memory.
  const char* chosen = std::getenv("TMPDIR");
  return chosen && *chosen ? chosen : "/var/tmp";
}

Result<Image> open_image(const Reference& reference, const OpenOptions& options) {
  SLIM_TRY(Image image, dispatch(reference, options));
  image.reference = reference;
  return image;
}

}  // namespace slim::image
