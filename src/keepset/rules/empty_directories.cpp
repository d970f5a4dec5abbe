// SPDX-License-Identifier: Apache-2.0
// Directories that have no file in them, or stand at the root where no system has one (/data), as places:
// what else would they be for than for what is yet to be written? A program creates files there when it
// first has something to keep, and mostly not the directory. They cost nothing. Of those that tools of the
// system leave behind empty, only root has the use.
#include <unordered_set>

#include "keepset/reach.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// At the root of every system (Filesystem Hierarchy Standard, 3.2) beside its own.
constexpr std::string_view kForPeople[] = {"home", "media", "mnt", "opt", "srv"};
// Tools of the system have these, whoever their owner is.
constexpr std::string_view kTools[] = {"run/lock", "run/systemd/", "var/cache/apt/", "var/lib/apt/"};

// The directories in which there is a file, however deep.
std::unordered_set<std::string_view> filled_directories(const std::vector<const IndexEntry*>& entries) {
  std::unordered_set<std::string_view> filled;
  for (const IndexEntry* entry : entries) {
    if (is_directory(*entry)) continue;
    for (std::string_view path = parent_of(entry->path); !path.empty() && filled.insert(path).second;)
      path = parent_of(path);
  }
  return filled;
}

bool is_place(const IndexEntry& entry, const std::unordered_set<std::string_view>& filled) {
  if (!is_directory(entry)) return false;
  const bool in_system = is_in_system(entry.path);
  if (entry.path.find('/') == std::string::npos) return !in_system && !is_one_of(entry.path, kForPeople);
  if (filled.contains(entry.path) || starts_with_one(entry.path, kTools)) return false;
  return !in_system || entry.uid != 0 || (entry.mode & 0002) != 0;
}

}  // namespace

Result<void> empty_directories(Marker& marker) {
  const std::vector<const IndexEntry*> entries = marker.index().below("");
  const std::unordered_set<std::string_view> filled = filled_directories(entries);
  for (const IndexEntry* entry : entries)
    if (is_place(*entry, filled)) marker.mark(*entry, {"empty-directory", ""});
  return {};
}

}  // namespace slim::keepset::rules
