// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "image/layer_header.hpp"
#include "image/layer_input.hpp"
#include "image/layer_sparse.hpp"
#include "slim/base/path.hpp"
#include "slim/image/layer.hpp"

namespace slim::image {

namespace {

// Far above what any tool writes, far below what would hurt.
constexpr int64_t kMaximumHeaderBytes = 16 << 20;
constexpr uint64_t kMaximumEntries = 20'000'000;

// Keywords of a global header that may hold for all entries; a path or a size may not.
bool globally_sensible(std::string_view keyword) {
  return keyword == "mtime" || keyword == "uid" || keyword == "gid";
}

Result<std::string> normalise(std::string_view name, std::string_view what) {
  const auto bad = [&](std::string_view why) {
    return fail(ErrorCode::image, std::string(what) + " '" + escape_bytes(name) + "' " +
                                      std::string(why));
  };
  if (name.find('\0') != std::string_view::npos) return bad("has a NUL in it");
  std::string normal;
  normal.reserve(name.size());
  for (const std::string_view part : components(name)) {
    if (part == "..") return bad("has '..' in it, which could lead out of the image");
    if (!normal.empty()) normal += '/';
    normal += part;
  }
  return normal;
}

std::optional<EntryType> entry_type(char type) {
  switch (type) {
    case '\0':
    case '0':
    case '7':  // contiguous, which nothing distinguishes any more
    case 'S': return EntryType::file;
    case '1': return EntryType::hardlink;
    case '2': return EntryType::symlink;
    case '3': return EntryType::char_device;
    case '4': return EntryType::block_device;
    case '5':
    case 'D': return EntryType::directory;
    case '6': return EntryType::fifo;
    default: return std::nullopt;
  }
}

Result<uint32_t> owner(int64_t in_header, const PaxRecords& pax, std::string_view keyword) {
  SLIM_TRY(const auto extended, pax.number(keyword));
  const int64_t id = extended ? static_cast<int64_t>(*extended) : in_header;
  // (uid_t)-1 means "leave it" to chown(2).
  if (id < 0 || id >= 0xffffffff)
    return fail(ErrorCode::image, std::string(keyword) + " " + std::to_string(id) +
                                      " is not an owner Linux can have");
  return static_cast<uint32_t>(id);
}

}  // namespace

struct LayerReader::State {
  State(std::unique_ptr<ByteStream> stream, std::string layer)
      : input(std::move(stream)), name(std::move(layer)) {}

  Result<std::optional<Entry>> next();
  Result<void> read_data(const Sink& sink);

  Result<bool> read_header();  // false at the end
  Result<std::string> read_body();
  Result<void> read_extension();
  Result<void> skip_rest();
  Result<Entry> make_entry();
  Result<void> set_size(Entry& entry);

  LayerInput input;
  std::string name;

  PaxRecords global;
  PaxRecords pax;                    // of the next entry
  std::optional<std::string> gnu_name, gnu_link;
  std::array<char, kTarBlockBytes> block{};
  TarHeader header;

  std::vector<Extent> extents;  // of the current file's data
  uint64_t data_left = 0;       // bytes of data, and then of padding, not yet read
  uint64_t padding = 0;
  uint64_t entries = 0;
};

// The next header block, or false where the archive ends: at a zero block or, as many tools
// forget it, at the end of the stream.
Result<bool> LayerReader::State::read_header() {
  SLIM_TRY(const bool there, input.read(block));
  if (!there || is_zero_block(block)) return false;
  SLIM_TRY(header, decode_tar_header(block));
  return true;
}

Result<void> LayerReader::State::skip_rest() {
  SLIM_CHECK(input.skip(data_left));
  SLIM_CHECK(input.skip(padding));
  data_left = padding = 0;
  return {};
}

Result<std::string> LayerReader::State::read_body() {
  if (header.size > kMaximumHeaderBytes)
    return fail(ErrorCode::image, "an extended header is larger than 16 MiB");
  std::string body(static_cast<size_t>(header.size), '\0');
  SLIM_TRY(const bool there, input.read(body));
  if (!there && !body.empty()) return fail(ErrorCode::image, "the layer's tar is truncated");
  SLIM_CHECK(input.skip((kTarBlockBytes - body.size() % kTarBlockBytes) % kTarBlockBytes));
  return body;
}

// Headers about the entry that follows, and those without meaning for a layer.
Result<void> LayerReader::State::read_extension() {
  SLIM_TRY(std::string body, read_body());
  switch (header.type) {
    case 'x':
    case 'X': return parse_pax(body, pax);
    case 'g': {
      SLIM_CHECK(parse_pax(body, global));
      std::erase_if(global.values, [](const auto& each) { return !globally_sensible(each.first); });
      return {};
    }
    case 'L': gnu_name = body.substr(0, body.find('\0')); return {};
    case 'K': gnu_link = body.substr(0, body.find('\0')); return {};
    default: return {};  // 'V', a volume's label
  }
}

Result<void> LayerReader::State::set_size(Entry& entry) {
  SLIM_TRY(const auto extended, pax.number("size"));
  const uint64_t stored = extended.value_or(static_cast<uint64_t>(header.size));
  extents.clear();
  data_left = padding = 0;
  // The size of anything but a file says nothing (some tools put a link's target's size there),
  // except in GNU's directories with a list of names.
  if (entry.type != EntryType::file && header.type != 'D') return {};
  if (stored > INT64_MAX - kTarBlockBytes) return fail(ErrorCode::image, "its size is absurd");
  padding = (kTarBlockBytes - stored % kTarBlockBytes) % kTarBlockBytes;
  data_left = stored;
  if (entry.type != EntryType::file) return {};
  SLIM_TRY(auto sparse, read_sparse_map(header, block, pax, stored, input));
  if (sparse) {
    entry.size = sparse->real_size;
    data_left = stored - sparse->map_bytes;
    extents = std::move(sparse->extents);
  } else {
    entry.size = stored;
    if (stored != 0) extents.push_back({0, stored});
  }
  return {};
}

Result<Entry> LayerReader::State::make_entry() {
  for (const auto& [keyword, value] : global.values) pax.values.try_emplace(keyword, value);
  const auto first_of = [&](std::string_view keyword, std::optional<std::string>& gnu,
                            std::string& plain) {
    if (const std::string* text = pax.find(keyword)) return *text;
    return gnu ? std::move(*gnu) : std::move(plain);
  };
  std::string raw = first_of("path", gnu_name, header.name);
  if (const std::string* sparse_name = pax.find("GNU.sparse.name")) raw = *sparse_name;
  const std::string link = first_of("linkpath", gnu_link, header.link);

  Entry entry;
  const auto type = entry_type(header.type);
  if (!type)
    return fail(ErrorCode::image, "entry '" + escape_bytes(raw) + "' has the unknown type '" +
                                      escape_bytes(std::string(1, header.type)) + "'");
  entry.type = *type;
  // V7 had no type for directories.
  if (header.type == '\0' && raw.ends_with('/')) entry.type = EntryType::directory;
  SLIM_TRY(entry.path, normalise(raw, "the name"));
  const auto described = [&](Error&& error) {
    return tl::unexpected<Error>(
        std::move(error).context("entry '" + escape_bytes(entry.path) + "'"));
  };
  if (entry.path.empty() && entry.type != EntryType::directory)
    return fail(ErrorCode::image, "an entry without a name is not a directory");

  entry.mode = static_cast<uint32_t>(header.mode) & 07777;
  auto uid = owner(header.uid, pax, "uid");
  if (!uid) return described(std::move(uid).error());
  auto gid = owner(header.gid, pax, "gid");
  if (!gid) return described(std::move(gid).error());
  entry.uid = *uid;
  entry.gid = *gid;
  entry.mtime.seconds = header.mtime;
  if (const std::string* time = pax.find("mtime")) {
    auto parsed = parse_pax_time(*time);
    if (!parsed) return described(std::move(parsed).error());
    entry.mtime = *parsed;
  }
  auto xattrs = pax_xattrs(pax);
  if (!xattrs) return described(std::move(xattrs).error());
  entry.xattrs = std::move(*xattrs);

  if (entry.type == EntryType::symlink) {
    if (link.empty() || link.find('\0') != std::string::npos)
      return described(Error(ErrorCode::image, "a symlink's target is empty or has a NUL in it"));
    entry.target = link;
    entry.mode = 0777;  // all that lstat(2) ever says
  } else if (entry.type == EntryType::hardlink) {
    auto target = normalise(link, "the hard link's target");
    if (!target) return described(std::move(target).error());
    entry.target = std::move(*target);
  } else if (entry.type == EntryType::char_device || entry.type == EntryType::block_device) {
    if (header.device_major < 0 || header.device_minor < 0 || header.device_major > 0xfff ||
        header.device_minor > 0xfffff)
      return described(Error(ErrorCode::image, "its device number is out of range"));
    entry.device_major = static_cast<uint32_t>(header.device_major);
    entry.device_minor = static_cast<uint32_t>(header.device_minor);
  }
  if (auto sized = set_size(entry); !sized) return described(std::move(sized).error());
  return entry;
}

Result<std::optional<Entry>> LayerReader::State::next() {
  SLIM_CHECK(skip_rest());
  pax = {};
  gnu_name.reset();
  gnu_link.reset();
  for (;;) {
    SLIM_TRY(const bool there, read_header());
    if (!there) {
      SLIM_CHECK(input.finish());
      return std::nullopt;
    }
    if (std::string_view("xXgLKV").find(header.type) == std::string_view::npos) break;
    SLIM_CHECK(read_extension());
  }
  if (++entries > kMaximumEntries)
    return fail(ErrorCode::image, "the layer has more than 20 million entries");
  SLIM_TRY(Entry entry, make_entry());
  return std::optional<Entry>(std::move(entry));
}

Result<void> LayerReader::State::read_data(const Sink& sink) {
  for (const Extent& extent : extents) {
    uint64_t offset = extent.offset, left = extent.length;
    while (left != 0) {
      SLIM_TRY(const auto bytes, input.take(left));
      if (bytes.empty()) return fail(ErrorCode::image, "the layer's tar is truncated");
      SLIM_CHECK(sink(offset, bytes));
      offset += bytes.size();
      left -= bytes.size();
      data_left -= bytes.size();
    }
  }
  extents.clear();
  return {};
}

LayerReader::LayerReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LayerReader::LayerReader(LayerReader&&) noexcept = default;
LayerReader::~LayerReader() = default;

Result<LayerReader> LayerReader::open(std::unique_ptr<ByteStream> stream, std::string name) {
  return LayerReader(std::make_unique<State>(std::move(stream), std::move(name)));
}

Result<std::optional<Entry>> LayerReader::next() {
  auto entry = state_->next();
  if (!entry) return tl::unexpected<Error>(std::move(entry).error().context(state_->name));
  return entry;
}

Result<void> LayerReader::read_data(const Sink& sink) {
  SLIM_CHECK_CONTEXT(state_->read_data(sink), state_->name);
  return {};
}

}  // namespace slim::image
