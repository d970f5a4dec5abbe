// SPDX-License-Identifier: Apache-2.0
// Extended attributes and ACLs in pax headers.
#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "image/layer_header.hpp"
#include "slim/base/path.hpp"

namespace slim::image {

namespace {

constexpr std::string_view kSchily = "SCHILY.xattr.";
constexpr std::string_view kLibarchive = "LIBARCHIVE.xattr.";
constexpr std::string_view kAccess = "system.posix_acl_access";
constexpr std::string_view kDefault = "system.posix_acl_default";

int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

// libarchive writes the attribute's name URL-encoded ...
std::string url_decode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string url_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte > 0x20 && byte < 0x7f && byte != '%' && byte != '=')
      encoded += each;
    else
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return encoded;
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64_encode(std::string_view bytes) {
  std::string encoded;
  uint32_t bits = 0;
  unsigned count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) encoded += kBase64[bits >> (count - 6) & 63];
  }
  if (count != 0) encoded += kBase64[bits << (6 - count) & 63];
  return encoded;
}

// ... and its value in base 64, without padding.
Result<std::string> base64_decode(std::string_view text) {
  std::string decoded;
  uint32_t bits = 0;
  unsigned count = 0;
  for (const char digit : text) {
    if (digit == '=') break;
    const auto value = kBase64.find(digit);
    if (value == std::string_view::npos)
      return fail(ErrorCode::image, "an extended attribute is not in base 64");
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      decoded += static_cast<char>(bits >> count & 0xff);
    }
  }
  return decoded;
}

// Bytes of struct posix_acl_xattr_header and posix_acl_xattr_entry.
constexpr size_t kAclHeader = 4, kAclEntry = 8;

struct AclEntry {
  uint16_t tag = 0;
  uint16_t permissions = 0;
  uint32_t id = 0xffffffff;
  friend auto operator<=>(const AclEntry&, const AclEntry&) = default;
};

// linux/posix_acl.h
enum AclTag : uint16_t {
  kUserObject = 1,
  kUser = 2,
  kGroupObject = 4,
  kGroup = 8,
  kMask = 16,
  kOther = 32,
};

// TYPE:NAME:rwx[:ID], where NAME may be a number.
Result<AclEntry> parse_acl_entry(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::image, "not an ACL entry: " + escape_bytes(text));
  };
  std::vector<std::string_view> fields;
  for (std::string_view rest = text;;) {
    const auto colon = rest.find(':');
    fields.push_back(rest.substr(0, colon));
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  // "mask:rwx" and "other:rwx" are the short forms.
  if (fields.size() == 2) fields.insert(fields.begin() + 1, std::string_view());
  if (fields.size() < 3 || fields.size() > 4) return bad();

  AclEntry entry;
  const std::string_view type = fields[0], who = fields[1];
  if (type == "user" || type == "u") entry.tag = who.empty() ? kUserObject : kUser;
  else if (type == "group" || type == "g") entry.tag = who.empty() ? kGroupObject : kGroup;
  else if (type == "mask" || type == "m") entry.tag = kMask;
  else if (type == "other" || type == "o") entry.tag = kOther;
  else return bad();

  for (const char permission : fields[2]) {
    if (permission == 'r') entry.permissions |= 4;
    else if (permission == 'w') entry.permissions |= 2;
    else if (permission == 'x') entry.permissions |= 1;
    else if (permission != '-') return bad();
  }
  if (entry.tag != kUser && entry.tag != kGroup) return entry;

  const std::string_view number = fields.size() == 4 ? fields[3] : who;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), entry.id);
  if (error == std::errc() && end == number.data() + number.size()) return entry;
  if (who == "root") {
    entry.id = 0;
    return entry;
  }
  return fail(ErrorCode::unsupported, "an ACL names " + escape_bytes(who) +
                                          " without its number, which only the machine that wrote "
                                          "the archive knows; archive it with numeric owners");
}

void append_little_endian(std::string& bytes, uint32_t value, unsigned count) {
  for (unsigned i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

Result<std::string> posix_acl_xattr(std::string_view text) {
  std::vector<AclEntry> entries;
  while (!text.empty()) {
    const auto end = text.find_first_of(",\n");
    std::string_view one = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    one = one.substr(0, one.find('#'));  // getfacl's remarks
    const auto first = one.find_first_not_of(" \t"), last = one.find_last_not_of(" \t");
    if (first == std::string_view::npos) continue;
    SLIM_TRY(const AclEntry entry, parse_acl_entry(one.substr(first, last - first + 1)));
    entries.push_back(entry);
  }
  std::sort(entries.begin(), entries.end());
  std::string bytes;
  append_little_endian(bytes, 2, 4);  // POSIX_ACL_XATTR_VERSION
  for (const AclEntry& entry : entries) {
    append_little_endian(bytes, entry.tag, 2);
    append_little_endian(bytes, entry.permissions, 2);
    append_little_endian(bytes, entry.id, 4);
  }
  return bytes;
}

Result<std::map<std::string, std::string>> pax_xattrs(const PaxRecords& records) {
  std::map<std::string, std::string> xattrs;
  // The ranges of a sorted map; most entries have no such record at all.
  const auto& values = records.values;
  for (auto each = values.lower_bound(kLibarchive);
       each != values.end() && each->first.starts_with(kLibarchive); ++each) {
    SLIM_TRY(std::string value, base64_decode(each->second));
    xattrs[url_decode(each->first.substr(kLibarchive.size()))] = std::move(value);
  }
  for (auto each = values.lower_bound(kSchily);
       each != values.end() && each->first.starts_with(kSchily); ++each)
    xattrs[each->first.substr(kSchily.size())] = each->second;

  // The raw attribute, where there is one, is exact.
  for (const auto& [keyword, xattr] :
       {std::pair("SCHILY.acl.access", kAccess), std::pair("SCHILY.acl.default", kDefault)}) {
    const std::string* text = records.find(keyword);
    if (text == nullptr || xattrs.count(std::string(xattr)) != 0) continue;
    SLIM_TRY(std::string value, posix_acl_xattr(*text));
    // An access ACL of three entries is what the mode says; as an attribute it does not exist.
    if (xattr == kAccess && value.size() <= kAclHeader + 3 * kAclEntry) continue;
    xattrs[std::string(xattr)] = std::move(value);
  }
  for (const auto& [key, value] : xattrs)
    if (key.empty() || key.find('\0') != std::string::npos)
      return fail(ErrorCode::image, "an extended attribute's name is not valid");
  return xattrs;
}

std::pair<std::string, std::string> xattr_record(std::string_view name, std::string_view value) {
  if (name.find('=') == std::string_view::npos)
    return {std::string(kSchily) + std::string(name), std::string(value)};
  return {std::string(kLibarchive) + url_encode(name), base64_encode(value)};
}

}  // namespace slim::image
