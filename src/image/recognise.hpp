// SPDX-License-Identifier: Apache-2.0
// What kind of image a path holds, told by its content.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"
#include "slim/image/reference.hpp"

namespace slim::image {

enum class Compression { none, gzip, zstd };

// By the magic number at the beginning of the bytes.
Compression sniff_compression(std::span<const std::byte> bytes);
// The same for a file; a well-known compression that slim does not read (xz) is `unsupported`.
Result<Compression> sniff_compression(const Fd& file, const std::string& name);

// oci, oci_archive or docker_archive. Errors: `not_found`, `permission`; `image` when it is none.
// A compressed archive is read only up to the first member that tells what it is.
Result<Transport> recognise(const std::string& path);

}  // namespace slim::image
