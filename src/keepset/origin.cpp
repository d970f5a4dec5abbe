// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>

#include "slim/keepset/keepset.hpp"

namespace slim::keepset {
namespace {

struct Known {
  std::string_view rule;
  Origin origin;
};
// All others are closure rules'.
constexpr Known kKnown[] = {{"observed", Origin::run},
                            {"lookup", Origin::run},
                            {"exec", Origin::run},
                            {"root", Origin::run},
                            {"directory", Origin::structure},
                            {"symlink", Origin::structure},
                            {"package-database", Origin::scanners},
                            {"keep", Origin::asked},
                            {"keep-package", Origin::asked},
                            {"keep-from", Origin::asked},
                            {"repair", Origin::asked},
                            {"required", Origin::proven}};

}  // namespace

Origin origin_of(const Reason& reason) {
  const auto found = std::find_if(std::begin(kKnown), std::end(kKnown),
                                  [&](const Known& known) { return known.rule == reason.rule; });
  return found == std::end(kKnown) ? Origin::closure : found->origin;
}

}  // namespace slim::keepset
