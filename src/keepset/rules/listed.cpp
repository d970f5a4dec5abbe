// SPDX-License-Identifier: Apache-2.0
// A program that lists a directory sees fewer entries in the slim image. Mostly that is right: what
// it did not open it did not need. Configuration directories are the exception, because a program
// may decide by the names alone, or read another part of them at the next start. They are small,
// and kept whole, also where one file of them was read: the next is read on another occasion.
// Another is the application's own directory (application.cpp).

#include "keepset/rules.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::keepset::rules {
namespace {

constexpr size_t kMostEntries = 64;
constexpr uint64_t kLargestFile = 64u << 10;
// A file for each of many programs.
constexpr std::string_view kOfMany[] = {"etc/default", "etc/init.d", "etc/logrotate.d", "etc/pam.d"};
constexpr uint32_t kPublic = 0004;  // a secret that nothing asked for is nothing to keep

// Below /etc (not /etc itself), or named like conf.d. /etc/alternatives leads to half the system.
bool is_configuration(std::string_view path) {
  if (path == "etc/alternatives") return false;
  return path.starts_with("etc/") || path.ends_with(".d");
}

bool is_small_data(const IndexEntry& entry) {
  return is_file(entry) && entry.size <= kLargestFile && (entry.mode & 0111) == 0;
}

// The small files of a directory that have all these bits in their mode.
void keep_small_data(Marker& marker, std::string_view directory, uint32_t mode,
                     const Reason& reason) {
  const auto children = marker.index().children(directory);
  if (children.size() > kMostEntries) return;
  for (const IndexEntry* child : children) {
    const rootfs::Resolution target = marker.index().resolve(child->path);
    if (target.outcome != rootfs::Resolution::Outcome::found) continue;
    if (is_small_data(*target.entry) && (target.entry->mode & mode) == mode)
      marker.mark(*child, reason);
  }
}

}  // namespace

Result<void> listed(Marker& marker, const IndexEntry& entry) {
  if (!is_directory(entry) || !is_configuration(entry.path) || !marker.listed(entry)) return {};
  keep_small_data(marker, entry.path, 0, {"listed", absolute(entry.path)});
  return {};
}

Result<void> beside_settings(Marker& marker, const IndexEntry& entry) {
  if (!is_small_data(entry) || !marker.opened(entry)) return {};
  const std::string_view directory = parent_of(entry.path);
  if (!directory.starts_with("etc/") || !is_configuration(directory)) return {};
  if (is_one_of(directory, kOfMany)) return {};
  keep_small_data(marker, directory, kPublic, {"beside-settings", absolute(entry.path)});
  return {};
}

}  // namespace slim::keepset::rules
