// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slim::container {

// The targets of href and src attributes in HTML, however badly written, in order, as absolute
// URLs without fragment. Only those of the same scheme, host and port as `base`.
std::vector<std::string> same_origin_links(std::string_view html, const std::string& base);

// `reference` as seen from `base`, without fragment; "" when it is not an HTTP URL of that origin.
std::string same_origin(const std::string& reference, const std::string& base);

}  // namespace slim::container
