// SPDX-License-Identifier: Apache-2.0
// Which packages somebody installed by name, and which only came with others.
#pragma once

#include <set>
#include <string>

#include "keepset/packages.hpp"

namespace slim::keepset {

class AskedFor {
 public:
  // Whether one of the packages that own an entry was: by apt's list of those that were not
  // (apt-mark(8)). Without such a list none was.
  Result<bool> package_of(Marker& marker, const IndexEntry& entry);

 private:
  Result<void> read(Marker& marker);

  bool known_ = false;
  std::set<std::string, std::less<>> automatic_;
  const PackageDatabase* packages_ = nullptr;  // unset: nothing is known to have come with others
};

}  // namespace slim::keepset
