// SPDX-License-Identifier: Apache-2.0
// Files that a compiled program names by absolute path. One in /etc is read when it is first needed
// (/etc/mime.types, /etc/services); and a program that the image was made for has its templates, keys and
// data bases where its author put them.
#include <algorithm>
#include <map>

#include "keepset/machine_texts.hpp"
#include "keepset/programs.hpp"
#include "keepset/reach.hpp"
#include "keepset/rules.hpp"
#include "keepset/settings.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kLargestSettings = 128u << 10;
constexpr uint64_t kLargestOwnData = 4u << 20;
constexpr size_t kLongest = 255;

constexpr std::string_view kSettings = "etc";
// In the system's directories, where people put what is theirs.
constexpr std::string_view kPlaces[] = {"usr/src", "var/www"};
// By the loader, which a static C library has built in, too; and by who wants to know where an error
// came from.
constexpr std::string_view kLoaders = "etc/ld.so.";
constexpr std::string_view kSources[] = {".c", ".cc",  ".cpp", ".cr",  ".d", ".go",
                                         ".h", ".hpp", ".hs",  ".nim", ".rs"};

struct Named {
  std::string_view path;
  const IndexEntry* entry = nullptr;
};

// What the path at the beginning of `text` names: not every compiler ends a text where the path ends, so it
// is the longest that is there.
Named named_at(const Marker& marker, std::string_view text) {
  size_t size = 0;
  while (size < std::min(text.size(), kLongest) && is_path_byte(text[size])) ++size;
  for (; size > 0; --size) {
    const rootfs::Resolution found = marker.index().resolve(text.substr(0, size));
    if (found.outcome == rootfs::Resolution::Outcome::found) return {text.substr(0, size), found.entry};
  }
  return {};
}

// What is named of that which is below a directory: paths and entries.
std::map<std::string_view, const IndexEntry*> named_below(const Marker& marker, std::string_view program,
                                                          std::string_view directory) {
  std::map<std::string_view, const IndexEntry*> found;
  const std::string beginning = "/" + std::string(directory) + "/";
  for (size_t at = program.find(beginning); at != std::string_view::npos;
       at = program.find(beginning, at + 1)) {
    const Named named = named_at(marker, program.substr(at));
    if (named.path.size() > beginning.size()) found.emplace(named.path, named.entry);
  }
  return found;
}

void keep_settings(Marker& marker, std::string_view program, const Reason& reason) {
  for (const auto& [path, file] : named_below(marker, program, kSettings)) {
    if (is_file(*file) && file->size <= kLargestSettings && !file->path.starts_with(kLoaders))
      marker.mark_path(path, reason);
  }
}

void keep_data(Marker& marker, std::string_view program, std::string_view place, const Reason& reason) {
  for (const auto& [path, named] : named_below(marker, program, place)) {
    if (is_file(*named) && (named->size > kLargestOwnData || ends_with_one(path, kSources))) continue;
    marker.mark_path(path, reason);
    if (is_directory(*named)) keep_directory(marker, *named, false, reason);
  }
}

}  // namespace

Result<void> compiled_paths(Marker& marker, const IndexEntry& entry) {
  if (!marker.executed(entry)) return {};
  SLIM_TRY(const bool of_image, is_of_image(marker, entry));
  SLIM_TRY(const std::string_view content, program_bytes(marker, entry));
  const std::string_view program = loaded_part(content);
  const Reason reason{"compiled-path", absolute(entry.path)};
  keep_settings(marker, program, reason);
  if (!of_image) return {};
  for (const std::string_view place : kPlaces) keep_data(marker, program, place, reason);
  for (const IndexEntry* place : marker.index().children("")) {
    if (is_directory(*place) && !is_in_system(place->path))
      keep_data(marker, program, place->path, reason);
  }
  return {};
}

}  // namespace slim::keepset::rules
