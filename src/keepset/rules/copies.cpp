// SPDX-License-Identifier: Apache-2.0
// A program may be in the image twice, in PATH and where its own parts look for it: R starts its workers
// with R_HOME/bin/Rscript, however it was started itself.
#include "keepset/rules.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kMostBytes = 1u << 20;

}  // namespace

Result<void> program_copies(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !marker.executed(entry) || entry.size > kMostBytes) return {};
  const std::string_view name = name_of(entry.path);
  for (const auto& [path, other] : marker.index().entries()) {
    const bool copy = is_file(other) && (other.mode & 0111) != 0 && other.size == entry.size &&
                      name_of(path) == name && path != entry.path;
    if (copy) marker.mark(other, {"program-copy", absolute(entry.path)});
  }
  return {};
}

}  // namespace slim::keepset::rules
