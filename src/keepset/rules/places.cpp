// SPDX-License-Identifier: Apache-2.0
// Directories in which programs keep their state and logs, as places, with none of what is in them: a
// program creates files there when it first has something to keep, and does not create the directory.
#include <algorithm>

#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kStates[] = {"/run/",       "/var/cache/", "/var/lib/",
                                        "/var/log/",   "/var/spool/", "/var/tmp/"};

// The deepest directory of the image on the way to what a path names.
const IndexEntry* directory_on_the_way(const Marker& marker, std::string_view path) {
  for (; !path.empty(); path = parent_of(path)) {
    const rootfs::Resolution found = marker.index().resolve(path);
    if (found.outcome == rootfs::Resolution::Outcome::found && is_directory(*found.entry))
      return found.entry;
  }
  return nullptr;
}

bool is_a_state(std::string_view directory) {
  return std::any_of(std::begin(kStates), std::end(kStates), [&](std::string_view states) {
    return directory.size() >= states.size() && directory.starts_with(states.substr(1));
  });
}

}  // namespace

Result<void> places(Marker& marker, const IndexEntry& entry) {
  if (!marker.executed(entry) && !marker.opened(entry)) return {};
  if (!is_file(entry)) return {};
  // Of interpreters, too: PHP has a place for sessions. A directory alone costs nothing.
  SLIM_TRY(const std::string_view content, marker.content(entry));
  if (!content.starts_with("\x7f" "ELF")) return {};
  const Reason reason{"place", absolute(entry.path)};
  for (const std::string_view states : kStates) {
    for (const std::string& path : built_in_paths(content, states)) {
      const IndexEntry* directory = directory_on_the_way(marker, path);
      if (directory == nullptr || !is_a_state(directory->path)) continue;
      marker.mark(*directory, reason);
      for (const IndexEntry* below : marker.index().children(directory->path))
        if (is_directory(*below)) marker.mark(*below, reason);
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
