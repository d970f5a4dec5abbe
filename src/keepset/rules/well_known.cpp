// SPDX-License-Identifier: Apache-2.0
// Directories that every program may take for granted, with the attributes that the image gives
// them (/tmp has its sticky bit), and the links that merge / with /usr and /var/run with /run.
#include "keepset/rules.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kDirectories[] = {"",    "dev", "etc", "proc",
                                             "run", "sys", "tmp", "var/tmp"};

}  // namespace

Result<void> well_known(Marker& marker) {
  for (const std::string_view path : kDirectories) {
    const IndexEntry* entry = marker.index().find(path);
    if (entry != nullptr && is_directory(*entry)) marker.mark(*entry, {"well-known", ""});
  }
  for (const std::string_view directory : {"", "var"}) {
    for (const IndexEntry* entry : marker.index().children(directory)) {
      if (!is_symlink(*entry) || marker.kept(*entry)) continue;
      const rootfs::Resolution target = marker.index().resolve(entry->path);
      if (target.outcome != rootfs::Resolution::Outcome::found) continue;
      if (is_directory(*target.entry) && marker.kept(*target.entry)) {
        marker.mark(*entry, {"well-known", absolute(target.entry->path)});
      }
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
