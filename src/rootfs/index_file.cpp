// SPDX-License-Identifier: Apache-2.0
#include "rootfs/index_file.hpp"

#include <algorithm>

#include "slim/base/digest.hpp"

namespace slim::rootfs {

using image::Entry;
using image::EntryType;

namespace {

constexpr std::string_view kMagic{"SLIMLYR\1", 8};
constexpr uint32_t kMountable = 1;

class Writer {
 public:
  void fixed(uint64_t value, unsigned count) {
    for (unsigned i = 0; i < count; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
  }
  void number(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }
  void raw(std::string_view value) { bytes_ += value; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what Writer wrote; after anything unexpected it gives zeros and is not ok().
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  uint64_t fixed(unsigned count) {
    const std::string_view part = raw(count);
    uint64_t value = 0;
    for (size_t i = part.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(part[i]);
    return value;
  }
  uint64_t number() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view part = raw(1);
      if (part.empty()) return 0;
      const auto byte = static_cast<unsigned char>(part[0]);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  std::string_view text() { return raw(number()); }
  std::string_view raw(uint64_t count) {
    if (count > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const std::string_view part = bytes_.substr(0, static_cast<size_t>(count));
    bytes_.remove_prefix(part.size());
    return part;
  }
  bool ok() const { return ok_; }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

void write_entry(Writer& out, const Entry& entry, std::string_view previous) {
  const size_t shared = static_cast<size_t>(
      std::mismatch(entry.path.begin(), entry.path.end(), previous.begin(), previous.end()).first -
      entry.path.begin());
  out.number(shared);
  out.text(std::string_view(entry.path).substr(shared));
  out.number(static_cast<uint64_t>(entry.type));
  out.number(entry.mode);
  out.number(entry.uid);
  out.number(entry.gid);
  out.fixed(static_cast<uint64_t>(entry.mtime.seconds), 8);
  out.number(entry.mtime.nanoseconds);
  out.number(entry.size);
  out.text(entry.target);
  out.number(entry.device_major);
  out.number(entry.device_minor);
  out.number(entry.xattrs.size());
  for (const auto& [name, value] : entry.xattrs) {
    out.text(name);
    out.text(value);
  }
}

Entry read_entry(Reader& in, const std::string& previous) {
  Entry entry;
  entry.path = previous.substr(0, static_cast<size_t>(in.number()));
  entry.path += in.text();
  entry.type = static_cast<EntryType>(in.number());
  entry.mode = static_cast<uint32_t>(in.number());
  entry.uid = static_cast<uint32_t>(in.number());
  entry.gid = static_cast<uint32_t>(in.number());
  entry.mtime.seconds = static_cast<int64_t>(in.fixed(8));
  entry.mtime.nanoseconds = static_cast<uint32_t>(in.number());
  entry.size = in.number();
  entry.target = in.text();
  entry.device_major = static_cast<uint32_t>(in.number());
  entry.device_minor = static_cast<uint32_t>(in.number());
  for (uint64_t left = in.number(); left != 0 && in.ok(); --left) {
    std::string name(in.text());
    entry.xattrs[std::move(name)] = in.text();
  }
  return entry;
}

tl::unexpected<Error> damaged() {
  return fail(ErrorCode::io, "the index of a stored layer is damaged or of another version");
}

}  // namespace

std::string encode_layer_index(const LayerIndex& index) {
  Writer body;
  std::string_view previous;
  for (const Entry& entry : index.entries) {
    write_entry(body, entry, previous);
    previous = entry.path;
  }
  const std::string bytes = body.take();
  Writer out;
  out.raw(kMagic);
  out.fixed(index.mountable ? kMountable : 0, 4);
  out.fixed(index.entries.size(), 8);
  out.fixed(index.bytes, 8);
  out.fixed(bytes.size(), 8);
  out.raw(Digest::of(bytes).hex);
  out.raw(bytes);
  return out.take();
}

Result<LayerIndexSummary> decode_layer_index_summary(std::string_view bytes) {
  Reader in(bytes);
  if (in.raw(kMagic.size()) != kMagic) return damaged();
  LayerIndexSummary summary;
  summary.mountable = (in.fixed(4) & kMountable) != 0;
  summary.files = in.fixed(8);
  summary.bytes = in.fixed(8);
  if (!in.ok()) return damaged();
  return summary;
}

Result<LayerIndex> decode_layer_index(std::string_view bytes) {
  SLIM_TRY(const LayerIndexSummary summary, decode_layer_index_summary(bytes));
  Reader in(bytes.substr(kMagic.size() + 4 + 8 + 8));
  const uint64_t size = in.fixed(8);
  const std::string_view hex = in.raw(64);
  if (!in.ok() || in.rest().size() != size || Digest::of(in.rest()).hex != hex) return damaged();

  LayerIndex index;
  index.mountable = summary.mountable;
  index.bytes = summary.bytes;
  index.entries.reserve(static_cast<size_t>(std::min<uint64_t>(summary.files, size)));
  std::string previous;
  while (!in.rest().empty()) {
    index.entries.push_back(read_entry(in, previous));
    previous = index.entries.back().path;
  }
  if (!in.ok() || index.entries.size() != summary.files) return damaged();
  return index;
}

}  // namespace slim::rootfs
