// SPDX-License-Identifier: Apache-2.0
// Written here and not by libarchive: it converts names through the locale, marks those it cannot
// convert with a keyword that makes GNU tar complain, and does not promise the same bytes from one
// version to the next.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include "image/layer_header.hpp"
#include "image/layer_holes.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"
#include "slim/image/layer.hpp"

namespace slim::image {

namespace {

constexpr size_t kBufferBytes = 1 << 20;
constexpr size_t kNameBytes = 100, kPrefixBytes = 155;
// Docker (20.10 at least) loads a layer with sparse files and then can neither save nor push the
// image: it cannot put the tar together again. So holes become zeros, until that is absurd.
constexpr uint64_t kHolesWorthTheTrouble = 4ull << 30;
constexpr uint64_t kLargestOctal7 = 07777777, kLargestOctal11 = 077777777777;
constexpr std::array<char, kTarBlockBytes> kZeros{};

using Records = std::map<std::string, std::string>;

char type_flag(EntryType type) {
  switch (type) {
    case EntryType::file: return '0';
    case EntryType::hardlink: return '1';
    case EntryType::symlink: return '2';
    case EntryType::char_device: return '3';
    case EntryType::block_device: return '4';
    case EntryType::directory: return '5';
    case EntryType::fifo: return '6';
  }
  return '0';
}

// "LENGTH KEYWORD=VALUE\n", where LENGTH counts its own digits.
void append_record(std::string& body, const std::string& keyword, const std::string& value) {
  const size_t rest = keyword.size() + value.size() + 3;
  size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length)
    length = std::to_string(length).size() + rest;
  body += std::to_string(length) + ' ' + keyword + '=' + value + '\n';
}

std::string pax_time(const Timestamp& time) {
  int64_t seconds = time.seconds;
  uint32_t nanoseconds = time.nanoseconds;
  std::string text;
  if (seconds < 0) {
    // The text form counts the fraction away from the epoch.
    text = "-";
    if (nanoseconds != 0) {
      seconds += 1;
      nanoseconds = 1'000'000'000 - nanoseconds;
    }
    seconds = -seconds;
  }
  text += std::to_string(seconds);
  if (nanoseconds != 0) {
    std::string fraction = std::to_string(nanoseconds);
    fraction.insert(0, 9 - fraction.size(), '0');
    text += '.' + fraction.substr(0, fraction.find_last_not_of('0') + 1);
  }
  return text;
}

class HeaderBlock {
 public:
  HeaderBlock() {
    text(257, std::string_view("ustar\0" "00", 8));
    octal(329, 8, 0);
    octal(337, 8, 0);
  }
  void text(size_t offset, std::string_view value) {
    std::memcpy(block_.data() + offset, value.data(), value.size());
  }
  // Digits that fill the field but for its last byte, a NUL.
  void octal(size_t offset, size_t width, uint64_t value) {
    for (size_t i = width - 1; i-- > 0; value >>= 3)
      block_[offset + i] = static_cast<char>('0' + (value & 7));
  }
  std::string_view finish() {
    text(148, "        ");
    uint64_t sum = 0;
    for (const char byte : block_) sum += static_cast<unsigned char>(byte);
    octal(148, 7, sum);
    block_[154] = '\0';
    return {block_.data(), block_.size()};
  }

 private:
  std::array<char, kTarBlockBytes> block_{};
};

// Puts a name into the name field or, split at a slash, into prefix and name. False if too long.
bool put_name(HeaderBlock& block, std::string_view name) {
  if (name.size() <= kNameBytes) {
    block.text(0, name);
    return true;
  }
  if (name.size() > kPrefixBytes + 1 + kNameBytes) return false;
  // The last slash that leaves a name that is not only a slash.
  const auto slash = name.rfind('/', std::min(kPrefixBytes, name.size() - 2));
  if (slash == std::string_view::npos || slash == 0 || name.size() - slash - 1 > kNameBytes)
    return false;
  block.text(345, name.substr(0, slash));
  block.text(0, name.substr(slash + 1));
  return true;
}

Result<void> check_entry(const Entry& entry, const Fd* content) {
  const auto bad = [&](std::string_view why) {
    return fail(ErrorCode::internal, "cannot write the layer entry '" + escape_bytes(entry.path) +
                                         "': " + std::string(why));
  };
  if ((entry.type == EntryType::file) != (content != nullptr))
    return bad("a file comes with its content and nothing else does");
  if (entry.path.starts_with('/') || entry.path.ends_with('/') ||
      (entry.path.empty() && entry.type != EntryType::directory))
    return bad("not a path in a layer");
  for (const auto part : components(entry.path))
    if (part == "..") return bad("not a path in a layer");
  const bool link = entry.type == EntryType::symlink || entry.type == EntryType::hardlink;
  if (link && entry.target.empty()) return bad("a link without a target");
  if (entry.mtime.nanoseconds >= 1'000'000'000) return bad("not a time");
  return {};
}

}  // namespace

struct LayerWriter::State {
  State(const Fd& file, std::string file_name) : out(file), name(std::move(file_name)) {
    buffer.reserve(kBufferBytes);
  }

  Result<void> add(const Entry& entry, const Fd* content);
  Result<void> write_headers(const Entry& entry, Records records, uint64_t stored, bool sparse);
  Result<void> write_extents(const Entry& entry, const Fd& content,
                             const std::vector<Extent>& extents);
  Result<void> write(std::string_view bytes);
  Result<void> pad();
  Result<void> flush();

  const Fd& out;
  std::string name;
  std::string buffer;
  Digester digester;
  Summary summary;
  bool finished = false;
};

Result<void> LayerWriter::State::flush() {
  digester.update(buffer);
  SLIM_CHECK(write_all(out, buffer, name));
  buffer.clear();
  return {};
}

Result<void> LayerWriter::State::write(std::string_view bytes) {
  summary.tar_bytes += bytes.size();
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, kBufferBytes - buffer.size());
    buffer += part;
    bytes.remove_prefix(part.size());
    if (buffer.size() == kBufferBytes) SLIM_CHECK(flush());
  }
  return {};
}

Result<void> LayerWriter::State::pad() {
  const size_t over = summary.tar_bytes % kTarBlockBytes;
  if (over == 0) return {};
  return write({kZeros.data(), kTarBlockBytes - over});
}

// The entry's header, after an extended one if the plain one cannot say it all.
Result<void> LayerWriter::State::write_headers(const Entry& entry, Records records,
                                               uint64_t stored, bool sparse) {
  HeaderBlock block;
  const std::string path =
      entry.type == EntryType::directory ? (entry.path.empty() ? "./" : entry.path + '/')
                                         : entry.path;
  const auto short_name = std::string(name_of(entry.path)).substr(0, 80);
  if (sparse) {
    // Readers that do not know the format unpack a file of this name instead of a broken one.
    block.text(0, "GNUSparseFile.0/" + short_name);
  } else if (!put_name(block, path)) {
    block.text(0, std::string_view(path).substr(0, kNameBytes));
    records["path"] = path;
  }
  if (entry.target.size() > kNameBytes) records["linkpath"] = entry.target;
  block.text(157, std::string_view(entry.target).substr(0, kNameBytes));

  const auto number = [&](size_t offset, size_t width, uint64_t value, const char* keyword) {
    const uint64_t largest = width == 8 ? kLargestOctal7 : kLargestOctal11;
    if (value > largest) records[keyword] = std::to_string(value);
    block.octal(offset, width, value > largest ? 0 : value);
  };
  block.octal(100, 8, entry.mode & 07777);
  number(108, 8, entry.uid, "uid");
  number(116, 8, entry.gid, "gid");
  number(124, 12, stored, "size");
  const bool plain_time = entry.mtime.seconds >= 0 && entry.mtime.nanoseconds == 0 &&
                          static_cast<uint64_t>(entry.mtime.seconds) <= kLargestOctal11;
  if (!plain_time) records["mtime"] = pax_time(entry.mtime);
  const bool octal_time =
      entry.mtime.seconds >= 0 && static_cast<uint64_t>(entry.mtime.seconds) <= kLargestOctal11;
  const uint64_t whole_seconds = octal_time ? static_cast<uint64_t>(entry.mtime.seconds) : 0;
  block.octal(136, 12, whole_seconds);
  block.text(156, std::string(1, type_flag(entry.type)));
  block.octal(329, 8, entry.device_major);
  block.octal(337, 8, entry.device_minor);

  if (!records.empty()) {
    std::string body;
    for (const auto& [keyword, value] : records) append_record(body, keyword, value);
    HeaderBlock extended;
    extended.text(0, "PaxHeaders.0/" + short_name);
    extended.octal(100, 8, 0644);
    extended.octal(108, 8, 0);
    extended.octal(116, 8, 0);
    extended.octal(124, 12, body.size());
    extended.octal(136, 12, whole_seconds);
    extended.text(156, "x");
    SLIM_CHECK(write(extended.finish()));
    SLIM_CHECK(write(body));
    SLIM_CHECK(pad());
  }
  return write(block.finish());
}

Result<void> LayerWriter::State::write_extents(const Entry& entry, const Fd& content,
                                               const std::vector<Extent>& extents) {
  std::vector<char> chunk(256 << 10);
  for (const Extent& extent : extents) {
    for (uint64_t done = 0; done < extent.length;) {
      const size_t wanted =
          static_cast<size_t>(std::min<uint64_t>(chunk.size(), extent.length - done));
      const ssize_t count = ::pread(content.get(), chunk.data(), wanted,
                                    static_cast<off_t>(extent.offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail_errno("cannot read '" + escape_bytes(entry.path) + "'");
      if (count == 0)
        return fail(ErrorCode::io, "'" + escape_bytes(entry.path) + "' is shorter than it was");
      SLIM_CHECK(write({chunk.data(), static_cast<size_t>(count)}));
      done += static_cast<uint64_t>(count);
    }
  }
  return pad();
}

Result<void> LayerWriter::State::add(const Entry& entry, const Fd* content) {
  SLIM_CHECK(check_entry(entry, content));
  Records records;
  for (const auto& [key, value] : entry.xattrs) records.insert(xattr_record(key, value));
  ++summary.entries;
  if (content == nullptr) return write_headers(entry, std::move(records), 0, false);

  struct stat status;
  if (::fstat(content->get(), &status) != 0)
    return fail_errno("cannot read '" + escape_bytes(entry.path) + "'");
  if (!S_ISREG(status.st_mode) || static_cast<uint64_t>(status.st_size) != entry.size)
    return fail(ErrorCode::io, "'" + escape_bytes(entry.path) +
                                   "' does not have the size it had when it was indexed");
  summary.file_bytes += entry.size;
  std::vector<Extent> extents;
  uint64_t stored = entry.size;
  if (entry.size >= kHolesWorthTheTrouble) {
    SLIM_TRY(extents, data_extents(*content, entry.size));
    stored = 0;
    for (const Extent& extent : extents) stored += extent.length;
  }
  if (entry.size - stored < kHolesWorthTheTrouble) {
    SLIM_CHECK(write_headers(entry, std::move(records), entry.size, false));
    return write_extents(entry, *content, {{0, entry.size}});
  }

  // GNU.sparse 1.0: the map leads the data. A final empty extent marks the size, as GNU tar has it.
  std::vector<Extent> mapped = extents;
  if (mapped.empty() || mapped.back().offset + mapped.back().length != entry.size)
    mapped.push_back({entry.size, 0});
  std::string map = std::to_string(mapped.size()) + '\n';
  for (const Extent& extent : mapped)
    map += std::to_string(extent.offset) + '\n' + std::to_string(extent.length) + '\n';
  map.resize((map.size() + kTarBlockBytes - 1) / kTarBlockBytes * kTarBlockBytes, '\0');
  records["GNU.sparse.major"] = "1";
  records["GNU.sparse.minor"] = "0";
  records["GNU.sparse.name"] = entry.path;
  records["GNU.sparse.realsize"] = std::to_string(entry.size);
  SLIM_CHECK(write_headers(entry, std::move(records), map.size() + stored, true));
  SLIM_CHECK(write(map));
  return write_extents(entry, *content, extents);
}

LayerWriter::LayerWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
LayerWriter::LayerWriter(LayerWriter&&) noexcept = default;
LayerWriter::~LayerWriter() = default;

Result<LayerWriter> LayerWriter::create(const Fd& out, std::string name) {
  return LayerWriter(std::make_unique<State>(out, std::move(name)));
}

Result<void> LayerWriter::add(const Entry& entry, const Fd* content) {
  return state_->add(entry, content);
}

Result<LayerWriter::Summary> LayerWriter::finish() {
  if (std::exchange(state_->finished, true))
    return fail(ErrorCode::internal, "a layer can be finished only once");
  for (int i = 0; i < 2; ++i) SLIM_CHECK(state_->write({kZeros.data(), kZeros.size()}));
  SLIM_CHECK(state_->flush());
  state_->summary.diff_id = state_->digester.finish();
  return state_->summary;
}

}  // namespace slim::image
