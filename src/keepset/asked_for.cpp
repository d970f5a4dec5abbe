// SPDX-License-Identifier: Apache-2.0
#include "keepset/asked_for.hpp"

#include <algorithm>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

constexpr std::string_view kStates = "var/lib/apt/extended_states";
constexpr std::string_view kName = "Package:", kAutomatic = "Auto-Installed: 1";

}  // namespace

Result<void> AskedFor::read(Marker& marker) {
  known_ = true;
  const IndexEntry* states = marker.index().find(kStates);
  if (states == nullptr || !is_file(*states)) return {};
  SLIM_TRY(const std::string_view text, marker.text(*states));
  std::string_view package;
  for (const std::string_view line : lines(text)) {
    if (line.starts_with(kName)) package = trim(line.substr(kName.size()));
    if (line.starts_with(kAutomatic)) automatic_.emplace(package);
  }
  if (automatic_.empty()) return {};
  SLIM_TRY(packages_, PackageDatabase::of(marker));
  return {};
}

Result<bool> AskedFor::package_of(Marker& marker, const IndexEntry& entry) {
  if (!known_) SLIM_CHECK(read(marker));
  if (packages_ == nullptr) return false;
  const auto owners = packages_->owners(entry);
  return std::any_of(owners.begin(), owners.end(), [&](const std::string& owner) {
    return !automatic_.contains(owner);
  });
}

}  // namespace slim::keepset
