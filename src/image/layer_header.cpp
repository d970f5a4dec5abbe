// SPDX-License-Identifier: Apache-2.0
#include "image/layer_header.hpp"

#include <algorithm>
#include <cstring>

#include "slim/base/path.hpp"

namespace slim::image {

namespace {

// A field that ends at its first NUL or fills its place.
std::string text_field(TarBlock block, size_t offset, size_t length) {
  const std::string_view field(block.data() + offset, length);
  return std::string(field.substr(0, field.find('\0')));
}

TarHeader::Format format_of(TarBlock block) {
  const std::string_view magic(block.data() + 257, 8);
  if (magic == std::string_view("ustar  \0", 8)) return TarHeader::Format::gnu;
  if (!magic.starts_with(std::string_view("ustar\0", 6))) return TarHeader::Format::v7;
  return std::string_view(block.data() + 508, 4) == std::string_view("tar\0", 4)
             ? TarHeader::Format::star
             : TarHeader::Format::ustar;
}

Result<void> check_sum(TarBlock block) {
  SLIM_TRY(const int64_t wanted, decode_tar_number({block.data() + 148, 8}));
  // Old tars summed signed characters.
  int64_t plain = 0, with_sign = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    const char byte = i >= 148 && i < 156 ? ' ' : block[i];
    plain += static_cast<unsigned char>(byte);
    with_sign += static_cast<signed char>(byte);
  }
  if (wanted != plain && wanted != with_sign)
    return fail(ErrorCode::image, "a header's checksum is wrong: not a tar, or damaged");
  return {};
}

}  // namespace

bool is_zero_block(TarBlock block) {
  return std::all_of(block.begin(), block.end(), [](char byte) { return byte == 0; });
}

Result<int64_t> decode_tar_number(std::string_view field) {
  const auto first = static_cast<unsigned char>(field.front());
  if ((first & 0x80) != 0) {
    // Base 256, two's complement; the first bit is only the mark, the second the sign.
    const bool negative = (first & 0x40) != 0;
    uint64_t value = negative ? ~uint64_t{0} : 0;
    for (size_t i = 0; i < field.size(); ++i) {
      auto byte = static_cast<unsigned char>(field[i]);
      if (i == 0 && !negative) byte &= 0x7f;
      // What is shifted out, and the sign bit below it, must be nothing but sign.
      if (value >> 55 != (negative ? 0x1ff : 0))
        return fail(ErrorCode::image, "a number in a header is too large");
      value = value << 8 | byte;
    }
    return static_cast<int64_t>(value);
  }
  const auto begin = field.find_first_not_of(std::string_view(" \0", 2));
  if (begin == std::string_view::npos) return 0;
  field.remove_prefix(begin);
  field = field.substr(0, field.find_first_of(std::string_view(" \0", 2)));
  int64_t value = 0;
  for (const char digit : field) {
    if (digit < '0' || digit > '7' || value >> 60 != 0)
      return fail(ErrorCode::image, "a number in a header is not octal");
    value = value * 8 + (digit - '0');
  }
  return value;
}

Result<TarHeader> decode_tar_header(TarBlock block) {
  SLIM_CHECK(check_sum(block));
  const auto number = [&](size_t offset, size_t length) {
    return decode_tar_number({block.data() + offset, length});
  };
  TarHeader header;
  header.format = format_of(block);
  header.type = block[156];
  header.name = text_field(block, 0, 100);
  header.link = text_field(block, 157, 100);
  SLIM_TRY(header.mode, number(100, 8));
  SLIM_TRY(header.uid, number(108, 8));
  SLIM_TRY(header.gid, number(116, 8));
  SLIM_TRY(header.size, number(124, 12));
  SLIM_TRY(header.mtime, number(136, 12));
  if (header.size < 0) return fail(ErrorCode::image, "a size in a header is negative");
  if (header.format == TarHeader::Format::v7) return header;
  if (header.type == '3' || header.type == '4') {
    SLIM_TRY(header.device_major, number(329, 8));
    SLIM_TRY(header.device_minor, number(337, 8));
  }
  // GNU keeps times and the sparse map where POSIX has the prefix; star shortens it.
  if (header.format != TarHeader::Format::gnu) {
    const size_t length = header.format == TarHeader::Format::star ? 131 : 155;
    if (const std::string prefix = text_field(block, 345, length); !prefix.empty())
      header.name = prefix + '/' + header.name;
  }
  return header;
}

const std::string* PaxRecords::find(std::string_view keyword) const {
  const auto record = values.find(keyword);
  return record == values.end() ? nullptr : &record->second;
}

Result<std::optional<uint64_t>> PaxRecords::number(std::string_view keyword) const {
  const std::string* text = find(keyword);
  if (text == nullptr) return std::nullopt;
  auto value = parse_decimal(*text);
  if (!value)
    return fail(ErrorCode::image,
                std::string(keyword) + " is not a number: " + escape_bytes(*text));
  return std::optional<uint64_t>(*value);
}

Result<uint64_t> parse_decimal(std::string_view text) {
  uint64_t value = 0;
  for (const char digit : text) {
    // Sizes and offsets are signed 64-bit in the kernel.
    if (digit < '0' || digit > '9' || value > (INT64_MAX - 9) / 10)
      return fail(ErrorCode::image, "not a number: " + escape_bytes(text));
    value = value * 10 + static_cast<uint64_t>(digit - '0');
  }
  if (text.empty()) return fail(ErrorCode::image, "a number is missing");
  return value;
}

// "LENGTH KEYWORD=VALUE\n", LENGTH counting all of it; VALUE may hold anything, newlines too.
Result<void> parse_pax(std::string_view body, PaxRecords& into) {
  const auto malformed = [] {
    return fail(ErrorCode::image, "a pax extended header is malformed");
  };
  while (!body.empty()) {
    // Some writers pad the body with NULs.
    if (body.front() == '\0' && body.find_first_not_of('\0') == std::string_view::npos) break;
    const auto space = body.find(' ');
    if (space > 20) return malformed();  // or none
    const auto length = parse_decimal(body.substr(0, space));
    if (!length || *length <= space + 1 || *length > body.size() || body[*length - 1] != '\n')
      return malformed();
    const auto record = body.substr(space + 1, *length - space - 2);
    body.remove_prefix(*length);
    const auto equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0) return malformed();
    const std::string keyword(record.substr(0, equals));
    const auto value = record.substr(equals + 1);
    if (keyword == "GNU.sparse.offset" || keyword == "GNU.sparse.numbytes") {
      SLIM_TRY(const uint64_t number, parse_decimal(value));
      (keyword.ends_with("offset") ? into.sparse_offsets : into.sparse_lengths).push_back(number);
    } else if (value.empty() && !keyword.starts_with("SCHILY.xattr.")) {
      into.values.erase(keyword);
    } else {
      into.values[keyword] = value;
    }
  }
  return {};
}

Result<Timestamp> parse_pax_time(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view digits = text.substr(negative ? 1 : 0);
  const auto point = digits.find('.');
  const auto seconds = parse_decimal(digits.substr(0, point));
  if (!seconds) return fail(ErrorCode::image, "not a time: " + escape_bytes(text));
  Timestamp time;
  time.seconds = static_cast<int64_t>(*seconds);
  if (point != std::string_view::npos) {
    std::string fraction(digits.substr(point + 1));
    if (fraction.find_first_not_of("0123456789") != std::string::npos)
      return fail(ErrorCode::image, "not a time: " + escape_bytes(text));
    fraction.resize(9, '0');
    time.nanoseconds = static_cast<uint32_t>(std::stoul(fraction));
  }
  if (negative) {
    // The nanoseconds of a Timestamp always count forward.
    time.seconds = -time.seconds;
    if (time.nanoseconds != 0) {
      time.seconds -= 1;
      time.nanoseconds = 1'000'000'000 - time.nanoseconds;
    }
  }
  return time;
}

}  // namespace slim::image
