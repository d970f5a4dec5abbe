// SPDX-License-Identifier: Apache-2.0
// The file format of BEAM modules (beam_lib(3)): an IFF of chunks, of which LitT holds literals as the
// external term format has them.
#include "keepset/beam_module.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdint>

namespace slim::keepset {
namespace {

constexpr uint64_t kMostLiterals = 8u << 20;
constexpr size_t kHeader = 12, kChunkHeader = 8;
constexpr char kString = 107, kBinary = 109;  // STRING_EXT, BINARY_EXT
constexpr size_t kLongest = 4096;

uint64_t number(std::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = at; i < at + size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

bool is_text(std::string_view text) {
  const auto is_printed = [](char c) { return c >= ' ' || c == '\n'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_printed);
}

// Wherever one begins, in other terms, too; what only looks like one is no name of a program.
std::set<std::string> strings_in(std::string_view terms) {
  std::set<std::string> strings;
  for (size_t at = 0; at < terms.size(); ++at) {
    if (terms[at] != kString && terms[at] != kBinary) continue;
    const size_t width = terms[at] == kString ? 2 : 4, begin = at + 1 + width;
    if (begin > terms.size()) continue;
    const uint64_t size = number(terms, at + 1, width);
    if (size > kLongest || size > terms.size() - begin) continue;
    if (const std::string_view text = terms.substr(begin, size); is_text(text)) strings.emplace(text);
  }
  return strings;
}

std::set<std::string> literals_of(std::string_view chunk) {
  if (chunk.size() < 4) return {};
  const uint64_t size = number(chunk, 0, 4);
  if (size == 0) return strings_in(chunk.substr(4));  // from OTP 28 on
  if (size > kMostLiterals) return {};
  std::string terms(size, '\0');
  uLongf got = terms.size();
  const auto* const packed = reinterpret_cast<const Bytef*>(chunk.data() + 4);
  const int result = uncompress(reinterpret_cast<Bytef*>(terms.data()), &got, packed, chunk.size() - 4);
  return result == Z_OK && got == size ? strings_in(terms) : std::set<std::string>();
}

}  // namespace

std::optional<BeamModule> beam_module_of(std::string_view bytes) {
  if (bytes.size() < kHeader || !bytes.starts_with("FOR1") || bytes.substr(8, 4) != "BEAM")
    return std::nullopt;
  BeamModule module;
  for (size_t at = kHeader; bytes.size() - at >= kChunkHeader;) {
    const std::string_view name = bytes.substr(at, 4);
    const uint64_t size = number(bytes, at + 4, 4);
    at += kChunkHeader;
    if (size > bytes.size() - at) break;
    const std::string_view chunk = bytes.substr(at, size);
    if (name == "AtU8" || name == "Atom") module.atoms = chunk;
    if (name == "LitT") module.strings = literals_of(chunk);
    at += std::min<uint64_t>((size + 3) / 4 * 4, bytes.size() - at);
  }
  return module;
}

}  // namespace slim::keepset
