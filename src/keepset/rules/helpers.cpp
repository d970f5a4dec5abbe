// SPDX-License-Identifier: Apache-2.0
// Programs that a server starts for some requests are in a directory of their own (/usr/libexec/NAME),
// which is built into the server or its libraries. They are kept while they are small.

#include "keepset/plugins.hpp"
#include "keepset/programs.hpp"
#include "keepset/rules.hpp"
#include "keepset/shell_source.hpp"
#include "keepset/text.hpp"
#include "keepset/traits.hpp"
#include "slim/base/interpreter.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Of what the run used, all helpers together.
constexpr uint64_t kShare = 12;
constexpr uint64_t kLargest = 4u << 20;
constexpr std::string_view kPlaces[] = {"/lib/", "/libexec/"};
// Directories of helpers are one below these.
constexpr std::string_view kOfDirectories[] = {"usr/lib", "usr/libexec", "usr/local/lib",
                                               "usr/local/libexec"};

struct HelpersState {
  // Directories, by what they were found in.
  std::map<const IndexEntry*, const IndexEntry*, ByPath> found;
  EntrySet kept;
  uint64_t spent = 0;
};

bool is_program(const IndexEntry& entry) {
  const std::string_view name = name_of(entry.path);
  return is_file(entry) && (entry.mode & 0111) != 0 && entry.size <= kLargest && !is_shell(name) &&
         !is_interpreter(name) && name.find(".so") == std::string_view::npos;
}

bool is_of_helpers(const IndexEntry& entry) {
  return is_directory(entry) &&
         is_one_of(parent_of(entry.path), kOfDirectories);
}

}  // namespace

Result<void> helper_places(Marker& marker, const IndexEntry& entry) {
  if (!marker.executed(entry) && !marker.opened(entry)) return {};
  SLIM_TRY(const std::string_view content, program_bytes(marker, entry));
  for (const std::string_view place : kPlaces) {
    for (const std::string& path : built_in_paths(content, place)) {
      const rootfs::Resolution found = marker.index().resolve(path);
      if (found.outcome == rootfs::Resolution::Outcome::found && is_of_helpers(*found.entry))
        marker.state<HelpersState>().found.emplace(found.entry, &entry);
    }
  }
  return {};
}

// Once it is known which libraries stay.
Result<void> helpers(Marker& marker) {
  auto& state = marker.state<HelpersState>();
  const uint64_t most = used_bytes(marker) / kShare;
  for (const auto& [directory, by] : state.found) {
    if (state.kept.contains(directory)) continue;
    std::vector<const IndexEntry*> programs;
    EntrySet added;
    for (const IndexEntry* program : marker.index().children(directory->path)) {
      if (!is_program(*program)) continue;
      SLIM_TRY(const auto with_it, added_with(marker, *program));
      if (!with_it) continue;
      programs.push_back(program);
      added.insert(with_it->begin(), with_it->end());
    }
    const uint64_t bytes = bytes_of(added);
    if (state.spent + bytes > most) continue;
    state.spent += bytes;
    state.kept.insert(directory);
    for (const IndexEntry* program : programs) {
      marker.note_executed(*program);
      marker.mark(*program, {"helper", absolute(by->path)});
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
