// SPDX-License-Identifier: Apache-2.0
#include "image/tar_scan.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <vector>

#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::image {
namespace {

constexpr size_t kBlock = 512;
// Long names and pax records of one member; real ones are a few hundred bytes.
constexpr uint64_t kMaxExtension = 1u << 20;
constexpr uint64_t kMaxMemberSize = uint64_t{1} << 56;  // so that sums of sizes cannot overflow
constexpr size_t kMaxMembers = 2'000'000;

using Block = std::array<std::byte, kBlock>;

// Fields of the ustar header (POSIX.1-2017 pax, "ustar Interchange Format").
struct Field {
  size_t offset;
  size_t length;
};
constexpr Field kName{0, 100}, kSize{124, 12}, kChecksum{148, 8}, kTarget{157, 100}, kPrefix{345, 155};
constexpr size_t kType = 156, kMagic = 257;

std::string_view text_of(const Block& block, Field field) {
  const char* begin = reinterpret_cast<const char*>(block.data()) + field.offset;
  return {begin, strnlen(begin, field.length)};
}

// Octal digits between spaces, or GNU's big-endian binary marked by the top bit.
std::optional<uint64_t> number_of(const Block& block, Field field) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(block.data()) + field.offset;
  uint64_t value = 0;
  if (bytes[0] & 0x80) {
    if (bytes[0] != 0x80) return std::nullopt;  // negative, or beyond 88 bits
    for (size_t i = 1; i < field.length; ++i) {
      if (value >> 55) return std::nullopt;
      value = value << 8 | bytes[i];
    }
    return value;
  }
  size_t i = 0;
  while (i < field.length && bytes[i] == ' ') ++i;
  for (; i < field.length && bytes[i] >= '0' && bytes[i] <= '7'; ++i) {
    if (value >> 60) return std::nullopt;
    value = value << 3 | (bytes[i] - '0');
  }
  for (; i < field.length; ++i) {
    if (bytes[i] != ' ' && bytes[i] != 0) return std::nullopt;
  }
  return value;
}

bool is_zero(const Block& block) {
  return std::all_of(block.begin(), block.end(), [](std::byte b) { return b == std::byte{0}; });
}

bool checksum_matches(const Block& block) {
  const auto stored = number_of(block, kChecksum);
  if (!stored) return false;
  uint64_t as_unsigned = 0;
  int64_t as_signed = 0;  // historic tars summed chars
  for (size_t i = 0; i < kBlock; ++i) {
    const bool blank = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.length;
    const auto byte = blank ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(block[i]);
    as_unsigned += byte;
    as_signed += static_cast<signed char>(byte);
  }
  return *stored == as_unsigned || static_cast<int64_t>(*stored) == as_signed;
}

// What extended headers say about the member that follows.
struct Extension {
  std::optional<std::string> name, target;
  std::optional<uint64_t> size;
  bool sparse = false;
};

// pax records: "LENGTH KEY=VALUE\n", LENGTH counting the whole record.
bool parse_pax(std::string_view records, Extension& extension) {
  while (!records.empty() && records.front() != '\0') {
    size_t length = 0;
    const auto [end, error] =
        std::from_chars(records.data(), records.data() + records.size(), length);
    const size_t digits = static_cast<size_t>(end - records.data());
    if (error != std::errc() || length > records.size() || length < digits + 3 ||
        records[digits] != ' ' || records[length - 1] != '\n') {
      return false;
    }
    const std::string_view record = records.substr(digits + 1, length - digits - 2);
    const size_t equals = record.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view key = record.substr(0, equals), value = record.substr(equals + 1);
    if (key == "path") extension.name = value;
    if (key == "linkpath") extension.target = value;
    if (key.starts_with("GNU.sparse.")) extension.sparse = true;
    if (key == "size") {
      uint64_t size = 0;
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), size);
      if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size()) return false;
      if (size > kMaxMemberSize) return false;
      extension.size = size;
    }
    records.remove_prefix(length);
  }
  return true;
}

class Scanner {
 public:
  Scanner(TarInput& input, const std::string& name) : input_(input), name_(name) {}

  // nullopt at the end of the archive.
  Result<std::optional<TarMember>> next() {
    Extension extension;
    for (;;) {
      SLIM_TRY(const bool more, read_header());
      if (!more) {
        if (extension.name || extension.target || extension.size) return truncated("a member");
        return std::optional<TarMember>();
      }
      const char type = static_cast<char>(block_[kType]);
      const auto size = number_of(block_, kSize);
      if (!size || *size > kMaxMemberSize) {
        return damaged("the header at byte " + std::to_string(position_ - kBlock) +
                       " has an impossible size");
      }
      if (type == 'x' || type == 'L' || type == 'K' || type == 'g') {
        SLIM_CHECK(read_extension(type, *size, extension));
        continue;
      }
      return member(type, extension.size.value_or(*size), extension);
    }
  }

  // Passes over the member's data.
  Result<void> skip_data(const TarMember& member) {
    const uint64_t padded = (stored_ + kBlock - 1) / kBlock * kBlock;
    SLIM_TRY(const bool whole, input_.skip(padded));
    if (!whole) {
      return truncated("member '" + escape_bytes(member.name) + "', which promises " +
                       std::to_string(stored_) + " bytes,");
    }
    position_ += padded;
    return {};
  }

 private:
  Result<bool> read_header() {
    SLIM_TRY(const size_t got, input_.read(block_));
    // An archive ought to end with two blocks of zeros; like GNU tar, take a bare end too, as long
    // as it falls between two members.
    if (got == 0 && position_ > 0) return false;
    if (got < kBlock) {
      if (position_ > 0) return truncated("a header");
      return fail(ErrorCode::image, name_ + " is not a tar archive");
    }
    const bool first = position_ == 0;
    position_ += kBlock;
    if (is_zero(block_)) return false;
    if (checksum_matches(block_)) return true;
    if (first) return fail(ErrorCode::image, name_ + " is not a tar archive");
    return damaged("there is no tar header at byte " + std::to_string(position_ - kBlock));
  }

  Result<void> read_extension(char type, uint64_t size, Extension& extension) {
    if (size > kMaxExtension) {
      return damaged("an extended header of " + std::to_string(size) + " bytes");
    }
    std::string data(size, '\0');
    const uint64_t padding = (kBlock - size % kBlock) % kBlock;
    SLIM_TRY(const size_t got, input_.read(std::as_writable_bytes(std::span(data))));
    SLIM_TRY(const bool whole, input_.skip(padding));
    if (got < size || !whole) return truncated("an extended header");
    position_ += size + padding;
    if (type == 'L') extension.name = data.c_str();  // NUL-terminated
    if (type == 'K') extension.target = data.c_str();
    if (type == 'x' && !parse_pax(data, extension)) {
      return damaged("the pax header before byte " + std::to_string(position_) + " is malformed");
    }
    return {};
  }

  Result<std::optional<TarMember>> member(char type, uint64_t size, const Extension& extension) {
    std::string name(text_of(block_, kName));
    // Only POSIX ustar has the prefix; GNU's old format keeps other things there.
    if (std::memcmp(block_.data() + kMagic, "ustar\0", 6) == 0 && !extension.name) {
      const std::string_view prefix = text_of(block_, kPrefix);
      if (!prefix.empty()) name = std::string(prefix) + "/" + name;
    }
    if (extension.name) name = *extension.name;
    TarMember result;
    const auto parts = components(name);
    result.name = joined(parts, "/");
    result.offset = position_;
    result.size = size;
    stored_ = size;
    const bool directory = name.ends_with("/");
    if ((type == '0' || type == '\0' || type == '7') && !extension.sparse && !directory) {
      result.kind = TarMember::Kind::file;
    } else if (type == '1' || type == '2') {
      result.kind = TarMember::Kind::link;
      const std::string target(extension.target ? *extension.target
                                                : std::string(text_of(block_, kTarget)));
      SLIM_CHECK(resolve_target(type == '2', target, result));
    }
    // Only these have data, whatever their size field says (POSIX: to be ignored for the others).
    if (type >= '1' && type <= '6') stored_ = 0;
    return std::optional<TarMember>(std::move(result));
  }

  // docker save replaces a layer it has already written by a symlink "../<id>/layer.tar".
  Result<void> resolve_target(bool symbolic, const std::string& target, TarMember& link) const {
    std::vector<std::string_view> parts;
    if (symbolic && !target.starts_with("/")) parts = components(parent_of(link.name));
    for (const std::string_view part : components(target)) {
      if (part != "..") {
        parts.push_back(part);
      } else if (parts.empty()) {
        link.kind = TarMember::Kind::other;  // leaves the archive: nothing of ours
        return {};
      } else {
        parts.pop_back();
      }
    }
    link.target = joined(parts, "/");
    return {};
  }

  tl::unexpected<Error> truncated(const std::string& in) const {
    return fail(ErrorCode::image, name_ + " is truncated: it ends within " + in +
                                      " after byte " + std::to_string(position_));
  }
  tl::unexpected<Error> damaged(const std::string& why) const {
    return fail(ErrorCode::image, name_ + " is damaged: " + why);
  }

  TarInput& input_;
  const std::string& name_;
  Block block_{};
  uint64_t position_ = 0;
  uint64_t stored_ = 0;  // bytes of data that follow the current header
};

// A regular file, passed over by seeking.
class FileInput : public TarInput {
 public:
  FileInput(const Fd& file, const std::string& name, uint64_t size)
      : file_(file), name_(name), size_(size) {}

  Result<size_t> read(std::span<std::byte> into) override {
    size_t done = 0;
    while (done < into.size()) {
      const ssize_t got = pread(file_.get(), into.data() + done, into.size() - done,
                                static_cast<off_t>(position_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail_errno("reading " + name_);
      if (got == 0) break;
      done += static_cast<size_t>(got);
      position_ += static_cast<uint64_t>(got);
    }
    return done;
  }

  Result<bool> skip(uint64_t bytes) override {
    if (bytes > size_ - std::min(size_, position_)) return false;
    position_ += bytes;
    return true;
  }

 private:
  const Fd& file_;
  const std::string& name_;
  uint64_t size_;
  uint64_t position_ = 0;
};

}  // namespace

Result<void> scan_tar(TarInput& input, const std::string& name, const Interrupt& interrupt,
                      const std::function<bool(const TarMember&)>& visit) {
  Scanner scanner(input, name);
  for (size_t members = 0; members < kMaxMembers; ++members) {
    if (members % 1024 == 0) SLIM_CHECK(interrupt.check());
    SLIM_TRY(const auto member, scanner.next());
    if (!member || !visit(*member)) return {};
    SLIM_CHECK(scanner.skip_data(*member));
  }
  return fail(ErrorCode::image,
              name + " has more than " + std::to_string(kMaxMembers) + " members");
}

Result<TarIndex> TarIndex::open(Fd file, const std::string& name, const Interrupt& interrupt) {
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return fail_errno("looking at " + name);
  TarIndex index;
  index.name_ = name;
  FileInput input(file, name, static_cast<uint64_t>(status.st_size));
  SLIM_CHECK(scan_tar(input, name, interrupt, [&](const TarMember& member) {
    // As when unpacking, a later member replaces an earlier one of the same name.
    if (!member.name.empty()) index.members_.insert_or_assign(member.name, member);
    return true;
  }));
  index.file_ = std::make_shared<const Fd>(std::move(file));
  return index;
}

Result<ByteRange> TarIndex::find(const std::string& member) const {
  constexpr int kMaxHops = 40;  // the kernel's own limit for symlinks
  const std::string* wanted = &member;
  for (int hop = 0; hop < kMaxHops; ++hop) {
    const auto it = members_.find(*wanted);
    if (it == members_.end()) {
      return fail(ErrorCode::image, name_ + " has no member '" + escape_bytes(*wanted) + "'" +
                                        (hop == 0 ? "" : ", to which '" + escape_bytes(member) +
                                                             "' is a link"));
    }
    if (it->second.kind == TarMember::Kind::file) {
      return ByteRange{file_, it->second.offset, it->second.size};
    }
    if (it->second.kind == TarMember::Kind::other) {
      return fail(ErrorCode::image, name_ + ": member '" + escape_bytes(*wanted) +
                                        "' is not a regular file");
    }
    wanted = &it->second.target;
  }
  return fail(ErrorCode::image,
              name_ + ": member '" + escape_bytes(member) + "' is a link that leads nowhere");
}

}  // namespace slim::image
