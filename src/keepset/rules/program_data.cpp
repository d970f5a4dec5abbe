// SPDX-License-Identifier: Apache-2.0
// A program has the place of its data built in: pages of its administration, error messages,
// schemas. It opens them when they are first needed. So has a library; that of one counts where the run
// looked into it.
#include <algorithm>

#include "keepset/programs.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kMostBytes = 1u << 20;
constexpr size_t kMostEntries = 512;

constexpr std::string_view kShared = "/usr/share/", kSharedLocal = "/usr/local/share/";
// Directories, wherever they are, for people, and for desktops; and what has rules of its own.
constexpr std::string_view kNotData[] = {"applications", "bash-completion", "doc",    "icons",
                                         "info",         "licenses",        "locale", "man",
                                         "pixmaps",      "terminfo",        "zoneinfo"};

// The paths in `content` that begin with `prefix`, without it. Not every compiler ends a string with
// a NUL, so more may follow.
std::set<std::string> paths_in(std::string_view content, std::string_view prefix) {
  std::set<std::string> paths;
  for (size_t at = content.find(prefix); at != std::string_view::npos;) {
    const size_t begin = at + prefix.size();
    size_t end = begin;
    while (end < content.size() && end - begin < 4096 && is_path_byte(content[end])) ++end;
    paths.emplace(content.substr(begin, end - begin));
    at = content.find(prefix, end);
  }
  return paths;
}

// The same of texts "share/NAME/...", which a program puts after the prefix that it is installed below.
std::set<std::string> relative_paths_in(std::string_view content) {
  constexpr std::string_view kRelative("\0share/", 7);
  std::set<std::string> paths = paths_in(content, kRelative);
  std::erase_if(paths, [](const std::string& path) { return components(path).size() < 2; });
  return paths;
}

// The entry that the path names, or else the deepest directory on the way there.
const IndexEntry* reached(const Marker& marker, std::string_view prefix, std::string_view path) {
  const IndexEntry* last = nullptr;
  for (size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const auto found = marker.index().resolve(std::string(prefix) + std::string(path.substr(0, end)));
    if (found.outcome != rootfs::Resolution::Outcome::found) return last;
    last = found.entry;
    if (end == std::string_view::npos) return last;
  }
}

bool is_not_data(std::string_view path) {
  return has_component(path, kNotData);
}

// Whether the run looked for something in a directory, and maybe found it elsewhere.
bool looked_into(const Marker& marker, const IndexEntry& directory) {
  const std::string below = absolute(directory.path) + "/";
  const auto found = marker.trace().lookups.lower_bound(below);
  return found != marker.trace().lookups.end() && found->first.starts_with(below);
}

// What was opened is kept anyway, so it says nothing of what the rest costs.
void keep_data(Marker& marker, const IndexEntry& data, const Reason& reason) {
  std::vector<const IndexEntry*> added{&data};
  for (const IndexEntry* entry : marker.index().below(data.path))
    if (!is_not_data(std::string_view(entry->path).substr(data.path.size())))
      added.push_back(entry);
  std::erase_if(added, [&](const IndexEntry* entry) { return marker.opened(*entry) && is_file(*entry); });
  uint64_t bytes = 0;
  for (const IndexEntry* entry : added) bytes += is_file(*entry) ? entry->size : 0;
  if (bytes > kMostBytes || added.size() > kMostEntries) return;
  for (const IndexEntry* entry : added) marker.mark(*entry, reason);
}

}  // namespace

Result<void> program_data(Marker& marker, const IndexEntry& entry) {
  const bool ran = marker.executed(entry);
  if (!ran && !(marker.opened(entry) && name_of(entry.path).find(".so") != std::string_view::npos))
    return {};
  SLIM_TRY(const std::string_view content, program_bytes(marker, entry));
  const bool local = absolute(entry.path).starts_with("/usr/local/");
  for (const std::string_view prefix : {kShared, kSharedLocal}) {
    auto paths = paths_in(content, prefix);
    if (ran && (prefix == kSharedLocal) == local) paths.merge(relative_paths_in(content));
    for (const std::string& path : paths) {
      if (components(path).empty() || is_not_data(path)) continue;
      const IndexEntry* data = reached(marker, prefix, path);
      if (data == nullptr || (!ran && !looked_into(marker, *data))) continue;
      keep_data(marker, *data, {"program-data", absolute(entry.path)});
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
