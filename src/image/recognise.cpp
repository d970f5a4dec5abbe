// SPDX-License-Identifier: Apache-2.0
#include "image/recognise.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "image/byte_source.hpp"
#include "image/tar_scan.hpp"
#include "slim/base/path.hpp"

namespace slim::image {
namespace {

bool begins_with(std::span<const std::byte> bytes, std::initializer_list<unsigned> magic) {
  return bytes.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), bytes.begin(),
                    [](unsigned m, std::byte b) { return std::byte(m) == b; });
}

// Passing over a compressed archive means decompressing it.
class DecompressedInput : public TarInput {
 public:
  explicit DecompressedInput(ByteSource& source) : source_(source), scratch_(256u << 10) {}

  Result<size_t> read(std::span<std::byte> into) override { return source_.read(into); }

  Result<bool> skip(uint64_t bytes) override {
    while (bytes > 0) {
      const size_t piece = std::min<uint64_t>(bytes, scratch_.size());
      SLIM_TRY(const size_t got, source_.read(std::span(scratch_).first(piece)));
      if (got == 0) return false;
      bytes -= got;
    }
    return true;
  }

 private:
  ByteSource& source_;
  std::vector<std::byte> scratch_;
};

struct Findings {
  bool layout = false, manifest = false;
};

// Whether a member can only be in one kind of archive; its name decides, not its data.
void note(const std::string& member, Findings& findings) {
  if (member == "oci-layout" || member == "index.json") findings.layout = true;
  if (member == "manifest.json") findings.manifest = true;
}

// In a compressed archive everything before the telling member has to be decompressed, so the
// first good hint is taken: blobs/ is how OCI layouts begin, <id>/layer.tar and <hex>.tar how the
// others do. Opening the archive looks again and copes with both.
bool hint(const std::string& member, Findings& findings) {
  note(member, findings);
  if (member.starts_with("blobs/")) findings.layout = true;
  if (member.ends_with(".tar") || member.ends_with(".tar.gz") || member.ends_with("/json") ||
      member.ends_with("/VERSION") || member == "repositories") {
    findings.manifest = true;
  }
  return findings.layout || findings.manifest;
}

Result<Transport> recognise_archive(Fd file, const std::string& path, uint64_t size) {
  SLIM_TRY(const Compression compression, sniff_compression(file, path));
  Findings findings;
  const Interrupt never;
  if (compression == Compression::none) {
    SLIM_TRY(const TarIndex index, TarIndex::open(std::move(file), path, never));
    for (const char* name : {"oci-layout", "index.json", "manifest.json"}) {
      if (index.contains(name)) note(name, findings);
    }
  } else {
    RangeSource source({std::make_shared<const Fd>(std::move(file)), 0, size}, path);
    SLIM_TRY(const auto decoder, decompressing(source, compression, path));
    DecompressedInput input(*decoder);
    SLIM_CHECK(scan_tar(input, path, never, [&](const TarMember& member) {
      return !hint(member.name, findings);
    }));
  }
  if (findings.layout) return Transport::oci_archive;
  if (findings.manifest) return Transport::docker_archive;
  return fail(ErrorCode::image,
              path + " is a tar archive, but not an image: it has neither index.json (OCI) nor "
                     "manifest.json (docker save)");
}

Result<Transport> recognise_directory(const std::string& path) {
  struct stat status{};
  for (const char* name : {"oci-layout", "index.json"}) {
    if (stat(join_path(path, name).c_str(), &status) == 0) return Transport::oci;
  }
  return fail(ErrorCode::image, path + " is a directory, but not an OCI image layout: it has no "
                                       "oci-layout and no index.json");
}

}  // namespace

Compression sniff_compression(std::span<const std::byte> bytes) {
  if (begins_with(bytes, {0x1f, 0x8b, 0x08})) return Compression::gzip;
  if (begins_with(bytes, {0x28, 0xb5, 0x2f, 0xfd})) return Compression::zstd;
  // A skippable frame may come first (zstd format, 3.1.2).
  if (bytes.size() >= 4 && (bytes[0] & std::byte{0xf0}) == std::byte{0x50} &&
      begins_with(bytes.subspan(1), {0x2a, 0x4d, 0x18})) {
    return Compression::zstd;
  }
  return Compression::none;
}

Result<Compression> sniff_compression(const Fd& file, const std::string& name) {
  std::array<std::byte, 6> magic{};
  const ssize_t got = pread(file.get(), magic.data(), magic.size(), 0);
  if (got < 0) return fail_errno("reading " + name);
  const auto bytes = std::span<const std::byte>(magic).first(static_cast<size_t>(got));
  const char* other = begins_with(bytes, {0xfd, '7', 'z', 'X', 'Z', 0}) ? "xz"
                      : begins_with(bytes, {'B', 'Z', 'h'})             ? "bzip2"
                                                                        : nullptr;
  if (other) {
    return fail(ErrorCode::unsupported, name + " is compressed with " + other +
                                            ", which slim does not read; decompress it first");
  }
  return sniff_compression(bytes);
}

Result<Transport> recognise(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  SLIM_TRY(Fd file, open_file(path, O_RDONLY | O_NONBLOCK));
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return fail_errno("looking at " + path);
  if (S_ISDIR(status.st_mode)) return recognise_directory(path);
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::image, path + " is neither a file nor a directory, so not an image");
  }
  return recognise_archive(std::move(file), path, static_cast<uint64_t>(status.st_size));
}

}  // namespace slim::image
