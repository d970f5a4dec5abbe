// SPDX-License-Identifier: Apache-2.0
// Tar headers of layers: ustar, pax, GNU, star and V7 (POSIX.1-2017 "pax", ustar Interchange
// Format; GNU tar manual, "Basic Tar Format").
//
// Layers are decoded here and not by libarchive because a layer's names are bytes and its times are
// exact, and libarchive 3.6 keeps neither promise: in a UTF-8 locale it composes decomposed names
// (NFD becomes NFC, so another file), and negative times with a fraction come out a second off.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/image/entry.hpp"

namespace slim::image {

constexpr size_t kTarBlockBytes = 512;
using TarBlock = std::span<const char, kTarBlockBytes>;

// The fields of one header block, as they stand there.
struct TarHeader {
  enum class Format { v7, ustar, star, gnu };
  Format format = Format::v7;
  char type = '0';
  std::string name, link;
  int64_t mode = 0, uid = 0, gid = 0, size = 0, mtime = 0, device_major = 0, device_minor = 0;
};

bool is_zero_block(TarBlock block);
// Errors: `image` for a wrong checksum or a number that is none.
Result<TarHeader> decode_tar_header(TarBlock block);
// A numeric field: octal, or base 256 when its first bit is set.
Result<int64_t> decode_tar_number(std::string_view field);

// The extended header in effect for an entry: pax records by keyword (the last one wins), and the
// sparse map of GNU.sparse 0.0, whose keywords come again and again.
struct PaxRecords {
  std::map<std::string, std::string, std::less<>> values;
  std::vector<uint64_t> sparse_offsets, sparse_lengths;

  const std::string* find(std::string_view keyword) const;
  // nullopt when it is not there; an error when it is not a number.
  Result<std::optional<uint64_t>> number(std::string_view keyword) const;
};

// Adds the records of one extended header to `into`. An empty value takes the keyword back.
Result<void> parse_pax(std::string_view body, PaxRecords& into);
Result<uint64_t> parse_decimal(std::string_view text);
// "1700000000.123456789", "-1.5".
Result<Timestamp> parse_pax_time(std::string_view text);

// SCHILY.xattr.*, LIBARCHIVE.xattr.* and SCHILY.acl.* as extended attributes.
Result<std::map<std::string, std::string>> pax_xattrs(const PaxRecords& records);
// An extended attribute as a record, keyword and value: SCHILY's, as everybody reads it, but for a
// name with a '=' in it, which would end the keyword, libarchive's.
std::pair<std::string, std::string> xattr_record(std::string_view name, std::string_view value);
// The text form of a POSIX ACL, as star and GNU tar write it, as the value of a
// system.posix_acl_access or _default attribute (linux/posix_acl_xattr.h).
Result<std::string> posix_acl_xattr(std::string_view text);

}  // namespace slim::image
