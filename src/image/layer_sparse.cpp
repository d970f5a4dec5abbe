// SPDX-License-Identifier: Apache-2.0
#include "image/layer_sparse.hpp"

#include <array>

namespace slim::image {

namespace {

// A file in a million pieces is an attack, not a file.
constexpr uint64_t kMaximumExtents = 1 << 20;

tl::unexpected<Error> malformed() {
  return fail(ErrorCode::image, "the map of a sparse file is malformed");
}

Result<void> add(SparseMap& map, uint64_t offset, uint64_t length) {
  if (map.extents.size() >= kMaximumExtents) return malformed();
  map.extents.push_back({offset, length});
  return {};
}

// Up to `count` pairs of 12-byte numbers; an empty one ends the map.
Result<void> add_old_pairs(SparseMap& map, const char* at, size_t count) {
  for (; count != 0; --count, at += 24) {
    if (at[0] == 0) return {};
    SLIM_TRY(const int64_t offset, decode_tar_number({at, 12}));
    SLIM_TRY(const int64_t length, decode_tar_number({at + 12, 12}));
    if (offset < 0 || length < 0) return malformed();
    SLIM_CHECK(add(map, static_cast<uint64_t>(offset), static_cast<uint64_t>(length)));
  }
  return {};
}

Result<SparseMap> read_old(TarBlock block, LayerInput& input) {
  SparseMap map;
  SLIM_TRY(const int64_t real_size, decode_tar_number({block.data() + 483, 12}));
  if (real_size < 0) return malformed();
  map.real_size = static_cast<uint64_t>(real_size);
  SLIM_CHECK(add_old_pairs(map, block.data() + 386, 4));
  bool extended = block[482] != 0;
  while (extended) {
    std::array<char, kTarBlockBytes> more;
    SLIM_TRY(const bool there, input.read(more));
    if (!there) return malformed();
    SLIM_CHECK(add_old_pairs(map, more.data(), 21));
    extended = more[504] != 0;
  }
  return map;
}

// 0.0 says it in repeated keywords.
Result<SparseMap> read_pairs(const PaxRecords& pax, uint64_t real_size) {
  SparseMap map;
  map.real_size = real_size;
  if (pax.sparse_offsets.size() != pax.sparse_lengths.size()) return malformed();
  for (size_t i = 0; i < pax.sparse_offsets.size(); ++i)
    SLIM_CHECK(add(map, pax.sparse_offsets[i], pax.sparse_lengths[i]));
  return map;
}

// 0.1 in one: "offset,length,offset,length".
Result<SparseMap> read_list(std::string_view list, uint64_t real_size) {
  SparseMap map;
  map.real_size = real_size;
  std::vector<uint64_t> numbers;
  while (!list.empty()) {
    const auto comma = list.find(',');
    SLIM_TRY(const uint64_t number, parse_decimal(list.substr(0, comma)));
    numbers.push_back(number);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  if (numbers.size() % 2 != 0) return malformed();
  for (size_t i = 0; i < numbers.size(); i += 2)
    SLIM_CHECK(add(map, numbers[i], numbers[i + 1]));
  return map;
}

// 1.0 in front of the data: a count and as many pairs, a number a line, padded to a block.
class LeadingMap {
 public:
  LeadingMap(LayerInput& input, uint64_t stored) : input_(input), stored_(stored) {}

  Result<uint64_t> number() {
    std::string digits;
    for (;;) {
      if (position_ == block_.size()) {
        if (consumed_ + kTarBlockBytes > stored_) return malformed();
        SLIM_TRY(const bool there, input_.read(block_));
        if (!there) return malformed();
        consumed_ += kTarBlockBytes;
        position_ = 0;
      }
      const char byte = block_[position_++];
      if (byte == '\n') return parse_decimal(digits);
      if (digits.size() > 20) return malformed();
      digits += byte;
    }
  }
  uint64_t consumed() const { return consumed_; }

 private:
  LayerInput& input_;
  uint64_t stored_, consumed_ = 0;
  std::array<char, kTarBlockBytes> block_;
  size_t position_ = kTarBlockBytes;
};

Result<SparseMap> read_leading(LayerInput& input, uint64_t stored, uint64_t real_size) {
  SparseMap map;
  map.real_size = real_size;
  LeadingMap leading(input, stored);
  SLIM_TRY(const uint64_t count, leading.number());
  if (count > kMaximumExtents) return malformed();
  for (uint64_t i = 0; i < count; ++i) {
    SLIM_TRY(const uint64_t offset, leading.number());
    SLIM_TRY(const uint64_t length, leading.number());
    SLIM_CHECK(add(map, offset, length));
  }
  map.map_bytes = leading.consumed();
  return map;
}

Result<void> check(SparseMap& map, uint64_t stored) {
  uint64_t end = 0, data = 0;
  for (const Extent& extent : map.extents) {
    if (extent.offset < end || extent.offset > map.real_size ||
        extent.length > map.real_size - extent.offset)
      return malformed();
    end = extent.offset + extent.length;
    data += extent.length;
  }
  if (map.map_bytes > stored || data != stored - map.map_bytes)
    return fail(ErrorCode::image, "the map of a sparse file does not agree with its size");
  std::erase_if(map.extents, [](const Extent& extent) { return extent.length == 0; });
  return {};
}

}  // namespace

Result<std::optional<SparseMap>> read_sparse_map(const TarHeader& header, TarBlock block,
                                                 const PaxRecords& pax, uint64_t stored,
                                                 LayerInput& input) {
  Result<SparseMap> map = SparseMap();
  if (header.type == 'S') {
    if (header.format != TarHeader::Format::gnu)
      return fail(ErrorCode::unsupported, "a sparse file in star's format");
    map = read_old(block, input);
  } else {
    SLIM_TRY(const auto major, pax.number("GNU.sparse.major"));
    SLIM_TRY(const auto minor, pax.number("GNU.sparse.minor"));
    SLIM_TRY(const auto size, pax.number("GNU.sparse.size"));
    SLIM_TRY(const auto real_size, pax.number("GNU.sparse.realsize"));
    const std::string* list = pax.find("GNU.sparse.map");
    if (major == 1u && minor == 0u) {
      if (!real_size) return malformed();
      map = read_leading(input, stored, *real_size);
    } else if (major.value_or(0) != 0 || minor.value_or(0) > 1) {
      return fail(ErrorCode::unsupported, "a sparse file in an unknown GNU.sparse version");
    } else if (list != nullptr && size) {
      map = read_list(*list, *size);
    } else if (!pax.sparse_offsets.empty() && size) {
      map = read_pairs(pax, *size);
    } else {
      return std::nullopt;
    }
  }
  if (!map) return tl::unexpected<Error>(std::move(map).error());
  SLIM_CHECK(check(*map, stored));
  return std::optional<SparseMap>(std::move(*map));
}

}  // namespace slim::image
