// SPDX-License-Identifier: Apache-2.0
// A program that lists a directory sees fewer entries in the slim image. Mostly that is right: what
// it did not open it did not need. Configuration directories are the exception, because a program
// may decide by the names alone, or read another part of them at the next start. They are small,
// and kept whole. Another is the application's own directory (application.cpp).
#include "keepset/rules.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr size_t kMostEntries = 64;
constexpr uint64_t kLargestFile = 64u << 10;

// Below /etc (not /etc itself), or named like conf.d. /etc/alternatives leads to half the system.
bool is_configuration(std::string_view path) {
  if (path == "etc/alternatives") return false;
  return path.starts_with("etc/") || path.ends_with(".d");
}

bool is_small_data(const IndexEntry& entry) {
  return is_file(entry) && entry.size <= kLargestFile && (entry.mode & 0111) == 0;
}

}  // namespace

Result<void> listed(Marker& marker, const IndexEntry& entry) {
  if (!is_directory(entry) || !is_configuration(entry.path) || !marker.listed(entry)) return {};
  const auto children = marker.index().children(entry.path);
  if (children.size() > kMostEntries) return {};
  for (const IndexEntry* child : children) {
    const rootfs::Resolution target = marker.index().resolve(child->path);
    if (target.outcome != rootfs::Resolution::Outcome::found) continue;
    if (is_small_data(*target.entry)) marker.mark(*child, {"listed", absolute(entry.path)});
  }
  return {};
}

}  // namespace slim::keepset::rules
