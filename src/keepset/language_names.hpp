// SPDX-License-Identifier: Apache-2.0
// What languages are called in the names of files and in sources.
#pragma once

#include <string_view>

namespace slim::keepset {

// Language tags (RFC 5646) and locales: "de", "pt-br", "zh_CN", "sr-cyrl-rs"; and English names.
bool is_language(std::string_view name);

}  // namespace slim::keepset
