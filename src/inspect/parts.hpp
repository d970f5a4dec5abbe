// SPDX-License-Identifier: Apache-2.0
// The parts of an X-ray.
#pragma once

#include "slim/inspect/xray.hpp"

namespace slim::inspect {

std::vector<SpecialFile> special_files(const rootfs::Index& index);
Result<Software> software_of(const Subject& subject);
// All of at least `least` bytes, the most wasteful first.
Result<std::vector<Duplicate>> find_duplicates(const Subject& subject, uint64_t least);
std::vector<SizedPath> largest_files(const rootfs::Index& index, size_t top);
// Directories by what is below them; one that is large only because of one below it is left out.
std::vector<SizedPath> largest_directories(const rootfs::Index& index, size_t top);
std::vector<Step> steps_of(const image::ImageConfig& config, size_t layers);

}  // namespace slim::inspect
