// SPDX-License-Identifier: Apache-2.0
// Reads what ZIP archives hold: JAR files mostly.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace slim::image {

struct ZipMember {
  std::string_view name;
  std::string_view content;  // until the next is read
};
// The members that `is_wanted` by their names, until `budget`, in bytes, is spent. What is damaged or
// encrypted is left out.
void for_each_in_zip(std::string_view zip, uint64_t& budget,
                     const std::function<bool(std::string_view name)>& is_wanted,
                     const std::function<void(const ZipMember&)>& read);

}  // namespace slim::image
