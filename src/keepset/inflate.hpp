// SPDX-License-Identifier: Apache-2.0
// What zlib has compressed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slim::keepset {

enum class Deflated { bare, with_header };

// `size`: what it has to come to; nothing if it is not that, or damaged.
std::optional<std::string> inflated(std::string_view data, uint64_t size, Deflated format);

}  // namespace slim::keepset
