// SPDX-License-Identifier: Apache-2.0
// Bytes as a file descriptor, for what takes files only.
#pragma once

#include <string>
#include <string_view>

#include "slim/base/fd.hpp"

namespace slim {

// An anonymous file (memfd_create(2)) that holds `bytes`, positioned at its beginning; `name` is
// for error messages. Error: `io`, `no_space`.
Result<Fd> memory_file(const std::string& name, std::string_view bytes);

}  // namespace slim
