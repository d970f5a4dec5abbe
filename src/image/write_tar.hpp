// SPDX-License-Identifier: Apache-2.0
// The few ustar records the outer archive needs (POSIX.1-2017 pax, "ustar Interchange Format").
// Written by hand because the layer is streamed straight into its place: its header holds its
// digest, so that header can only be filled in afterwards, which libarchive has no way to do.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace slim::image {

constexpr uint64_t kTarBlock = 512;

// Bytes that fill the last block of a member of `size` bytes.
constexpr uint64_t tar_padding(uint64_t size) { return (kTarBlock - size % kTarBlock) % kTarBlock; }

// The header of a regular file (or of a directory, when `name` ends in a slash): mode 0644 (0755),
// owner 0:0, time 0. `name` has at most 100 bytes. Sizes from 8 GiB up are written in base 256, as
// GNU tar, libarchive and Go read them.
std::array<char, kTarBlock> tar_header(std::string_view name, uint64_t size);

// Header, content and padding.
std::string tar_member(std::string_view name, std::string_view content);

// The two zero blocks that end an archive.
std::string tar_end();

}  // namespace slim::image
