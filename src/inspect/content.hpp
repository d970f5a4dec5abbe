// SPDX-License-Identifier: Apache-2.0
// The bytes of files.
#pragma once

#include <cstdint>
#include <string>

#include "slim/base/digest.hpp"
#include "slim/base/fd.hpp"

namespace slim::inspect {

// Reads both from where they stand to their ends. `name` is for errors.
Result<bool> equal_content(const Fd& left, const Fd& right, const std::string& name);

// At most the first `limit` bytes.
Result<std::string> read_start(const Fd& fd, uint64_t limit, const std::string& name);

Result<Digest> digest_of(const Fd& fd, const std::string& name);

}  // namespace slim::inspect
