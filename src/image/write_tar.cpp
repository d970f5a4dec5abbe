// SPDX-License-Identifier: Apache-2.0
#include "image/write_tar.hpp"

#include <cassert>
#include <cstdio>
#include <cstring>
#include <span>

namespace slim::image {
namespace {

void put_octal(std::span<char> field, uint64_t value) {
  // The last byte stays NUL.
  for (size_t i = field.size() - 1; i-- > 0; value >>= 3) field[i] = char('0' + (value & 7));
}

void put_size(std::span<char> field, uint64_t value) {
  if (value < (uint64_t{1} << 33)) return put_octal(field, value);
  for (size_t i = field.size(); i-- > 1; value >>= 8) field[i] = char(value & 0xff);
  field[0] = char(0x80);
}

}  // namespace

std::array<char, kTarBlock> tar_header(std::string_view name, uint64_t size) {
  assert(!name.empty() && name.size() <= 100);
  const bool directory = name.back() == '/';
  std::array<char, kTarBlock> block{};
  const std::span<char> all(block);
  std::memcpy(block.data(), name.data(), name.size());
  put_octal(all.subspan(100, 8), directory ? 0755 : 0644);
  put_octal(all.subspan(108, 8), 0);
  put_octal(all.subspan(116, 8), 0);
  put_size(all.subspan(124, 12), size);
  put_octal(all.subspan(136, 12), 0);
  block[156] = directory ? '5' : '0';
  std::memcpy(&block[257],
              "ustar\0"
              "00",
              8);
  // The checksum is taken with its own field full of spaces.
  std::memset(&block[148], ' ', 8);
  uint64_t sum = 0;
  for (const char byte : block) sum += static_cast<unsigned char>(byte);
  put_octal(all.subspan(148, 7), sum);
  return block;
}

std::string tar_member(std::string_view name, std::string_view content) {
  const auto header = tar_header(name, content.size());
  std::string bytes(header.begin(), header.end());
  bytes += content;
  bytes.append(tar_padding(content.size()), '\0');
  return bytes;
}

std::string tar_end() { return std::string(2 * kTarBlock, '\0'); }

}  // namespace slim::image
