// SPDX-License-Identifier: Apache-2.0
// Modules that are opened by way of libtool's descriptions (NAME.la: lt_dlopen(3)) are chosen while
// the program runs, by what it is given: an image's format, a database's kind. Beside one that was
// used those are kept that need no large libraries which nothing else needs.
#include "keepset/plugins.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kMost = 2u << 20;  // with such libraries

struct LibtoolState {
  std::map<std::string, const IndexEntry*> directories;  // and the description that was read there
};

// The object that a description leads to, in its directory: dlname='NAME.so.0', often a link to the
// version that is installed.
Result<std::string> object_of(Marker& marker, const IndexEntry& description) {
  constexpr std::string_view kObject = "dlname='";
  SLIM_TRY(const std::string_view text, marker.text(description));
  for (const std::string_view line : lines(text)) {
    if (!line.starts_with(kObject)) continue;
    const std::string_view name = line.substr(kObject.size());
    return join_path(parent_of(description.path), name.substr(0, name.find('\'')));
  }
  return std::string();
}

}  // namespace

Result<void> libtool_directory(Marker& marker, const IndexEntry& entry) {
  if (is_file(entry) && entry.path.ends_with(".la") && marker.opened(entry))
    marker.state<LibtoolState>().directories.emplace(parent_of(entry.path), &entry);
  return {};
}

// Once it is known which libraries stay.
Result<void> libtool_modules(Marker& marker) {
  for (const auto& [directory, description] : marker.state<LibtoolState>().directories) {
    const Reason reason{"libtool-module", absolute(description->path)};
    for (const IndexEntry* other : marker.index().children(directory)) {
      if (!is_file(*other) || !other->path.ends_with(".la") || marker.kept(*other)) continue;
      SLIM_TRY(const std::string object, object_of(marker, *other));
      const rootfs::Resolution found = marker.index().resolve(object);
      if (object.empty() || found.outcome != rootfs::Resolution::Outcome::found) continue;
      SLIM_TRY(const auto added, added_with(marker, *found.entry));
      if (!added || bytes_of(*added) > kMost) continue;
      marker.mark(*other, reason);
      marker.mark_path(object, reason);
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
