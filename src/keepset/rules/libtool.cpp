// SPDX-License-Identifier: Apache-2.0
// Modules that are opened by way of libtool's descriptions (NAME.la: lt_dlopen(3)) are chosen while
// the program runs, by what it is given: an image's format, a database's kind. Beside one that was
// used those are kept that need no large libraries which nothing else needs, and in directories that
// are built into a library that opens modules.
#include "keepset/libraries.hpp"
#include "keepset/plugins.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kMost = 2u << 20;  // with such libraries
constexpr std::string_view kOpens = "libltdl.so";

struct LibtoolState {
  std::map<std::string, const IndexEntry*> directories;  // and why they are in use
};

bool is_description(const IndexEntry& entry) { return is_file(entry) && entry.path.ends_with(".la"); }

// Directories of modules that are built into what opens them, whether it did so or not.
Result<void> add_built_in(Marker& marker, const IndexEntry& entry) {
  SLIM_TRY(const ElfFile* file, marker.state<Libraries>().elf(marker, entry));
  if (file == nullptr || std::none_of(file->needed.begin(), file->needed.end(), [](const auto& name) {
        return name.starts_with(kOpens);
      }))
    return {};
  SLIM_TRY(const std::string_view content, marker.content(entry));
  for (const std::string& path : built_in_paths(content, "/lib")) {
    const rootfs::Resolution found = marker.index().resolve(path);
    if (found.outcome == rootfs::Resolution::Outcome::found && !has_libraries(found.entry->path))
      marker.state<LibtoolState>().directories.emplace(found.entry->path, &entry);
  }
  return {};
}

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
  if (!is_file(entry)) return {};
  if (!is_description(entry)) return add_built_in(marker, entry);
  if (marker.opened(entry))
    marker.state<LibtoolState>().directories.emplace(parent_of(entry.path), &entry);
  return {};
}

// Once it is known which libraries stay.
Result<void> libtool_modules(Marker& marker) {
  for (const auto& [directory, by] : marker.state<LibtoolState>().directories) {
    const Reason reason{"libtool-module", absolute(by->path)};
    for (const IndexEntry* other : marker.index().children(directory)) {
      if (!is_description(*other) || marker.kept(*other)) continue;
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
