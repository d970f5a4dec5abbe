// SPDX-License-Identifier: Apache-2.0
// The names of an image stand in the last two members of its archive, so that it can be given
// another one without copying the rest.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <map>

#include <nlohmann/json.hpp>

#include "image/archive_json.hpp"
#include "image/send.hpp"
#include "image/write_tar.hpp"

namespace slim::image {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kMaxDocument = 1 << 20;

struct Member {
  std::string name;
  uint64_t header = 0;  // offsets in the file
  uint64_t size = 0;
};

tl::unexpected<Error> foreign(const std::string& path) {
  return fail(ErrorCode::image, path + " is not an archive that slim wrote");
}

Result<void> read_at(const Fd& file, uint64_t offset, std::span<char> into,
                     const std::string& path) {
  while (!into.empty()) {
    const ssize_t count = ::pread(file.get(), into.data(), into.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("cannot read " + path);
    if (count == 0) return fail(ErrorCode::image, path + " is truncated");
    into = into.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return {};
}

// The reverse of tar_header's size field.
Result<uint64_t> member_size(const std::array<char, kTarBlock>& header, const std::string& path) {
  const char* field = &header[124];
  uint64_t size = 0;
  if (static_cast<unsigned char>(field[0]) == 0x80) {
    for (size_t i = 1; i < 12; ++i) {
      if (size >> 55) return foreign(path);
      size = size << 8 | static_cast<unsigned char>(field[i]);
    }
    return size;
  }
  const auto [stop, error] = std::from_chars(field, field + 11, size, 8);
  if (error != std::errc() || stop != field + 11) return foreign(path);
  return size;
}

Result<std::vector<Member>> members_of(const Fd& file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return fail_errno("cannot read " + path);
  const uint64_t file_size = static_cast<uint64_t>(status.st_size);
  std::vector<Member> members;
  std::array<char, kTarBlock> header{};
  for (uint64_t offset = 0; members.size() < 64;) {
    SLIM_CHECK(read_at(file, offset, header, path));
    if (header[0] == '\0') return members;
    const std::string name(header.data(), ::strnlen(header.data(), 100));
    SLIM_TRY(const uint64_t size, member_size(header, path));
    // The header must be the very one that tar_header makes; this covers its checksum too.
    if (name.empty() || tar_header(name, size) != header || size > file_size) return foreign(path);
    members.push_back({name, offset, size});
    offset += kTarBlock + size + tar_padding(size);
  }
  return foreign(path);
}

Result<Json> document(const Fd& file, const Member& member, const std::string& path) {
  if (member.size > kMaxDocument) return foreign(path);
  std::string text(member.size, '\0');
  SLIM_CHECK(read_at(file, member.header + kTarBlock, text, path));
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return foreign(path);
  return json;
}

}  // namespace

Result<RenamedArchive> rename_archive(const std::string& path, const std::string& name) {
  SLIM_TRY(Fd file, open_file(path, O_RDONLY));
  SLIM_TRY(const std::vector<Member> members, members_of(file, path));
  if (members.size() < 2) return foreign(path);
  const Member& index_member = members[members.size() - 2];
  const Member& manifest_member = members.back();
  if (index_member.name != "index.json" || manifest_member.name != "manifest.json")
    return foreign(path);
  SLIM_TRY(Json index, document(file, index_member, path));
  SLIM_TRY(Json manifest, document(file, manifest_member, path));
  try {
    rename_index(index.at("manifests").at(0), name);
    manifest.at(0).at("RepoTags") = Json::array({name});
  } catch (const Json::exception&) {
    return foreign(path);
  }
  RenamedArchive renamed;
  renamed.kept_bytes = index_member.header;
  renamed.tail = tar_member("index.json", index.dump()) +
                 tar_member("manifest.json", manifest.dump()) + tar_end();
  renamed.file = std::move(file);
  return renamed;
}

}  // namespace slim::image
