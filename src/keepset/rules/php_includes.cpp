// SPDX-License-Identifier: Apache-2.0
// PHP reads a source when another one's include or require is reached. Of the sources that ran, those
// of the application and what they include, all that is included by name is kept.
#include <algorithm>
#include <utility>

#include "keepset/php_included.hpp"
#include "keepset/php_source.hpp"
#include "keepset/rules.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Of what a name that is made at run time may be: plug-ins, languages.
constexpr size_t kMostChosen = 64;
constexpr uint64_t kMostChosenBytes = 256u << 10;

struct IncludesState {
  std::set<std::string> read;  // sources
  std::map<std::string, std::string, std::less<>> constants;
  std::map<std::string, std::vector<PhpInclude>> waiting;  // and the sources that they are in
};

// A path as far as it is known: what stands before the first unknown part in the middle, and behind
// the last.
struct Wanted {
  std::string path;
  std::string ending;
  bool chosen = false;  // something unknown is between
};

Wanted wanted_of(const PhpInclude& include, const IncludesState& state) {
  using Kind = PhpInclude::Part::Kind;
  Wanted wanted;
  bool begun = false;
  for (const auto& part : include.parts) {
    std::string text = part.text;
    bool known = part.kind == Kind::text;
    if (part.kind == Kind::name) {
      const auto constant = state.constants.find(part.text);
      known = constant != state.constants.end();
      if (known) text = constant->second;
    }
    if (known) {
      (wanted.chosen ? wanted.ending : wanted.path) += text;
      begun = begun || !text.empty();
    } else if (begun || include.above >= 0) {
      wanted.chosen = true;
      wanted.ending.clear();
    }
  }
  return wanted;
}

// Where a path may begin: where it says, or beside the source, above it, in the directory that the
// application was started in and in the libraries' (include_path).
std::vector<std::string> bases_of(const Marker& marker, const std::string& source, int above) {
  std::string_view up = parent_of(source);
  if (above >= 0) {
    for (; above > 0; --above) up = parent_of(up);
    return {std::string(up)};
  }
  std::vector<std::string> bases;
  for (; !up.empty(); up = parent_of(up)) bases.emplace_back(up);
  bases.insert(bases.end(), marker.config_directories().begin(), marker.config_directories().end());
  bases.insert(bases.end(), std::begin(kPhpLibraries), std::end(kPhpLibraries));
  return bases;
}

Result<void> include(Marker& marker, const std::string& path, const Reason& reason) {
  const rootfs::Resolution found = marker.index().resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found || !is_file(*found.entry)) return {};
  // Before it is marked: its own rules ask.
  if (!marker.state<PhpIncluded>().files.insert(found.entry).second) return {};
  const bool seen = marker.kept(*found.entry);
  marker.mark_path(path, reason);
  if (!seen) return {};
  SLIM_CHECK(php_sources(marker, *found.entry));
  return php_packages(marker, *found.entry);
}

// All files that a name with something unknown in it may be.
Result<bool> include_chosen(Marker& marker, const std::string& base, const Wanted& wanted,
                            const Reason& reason) {
  const std::string path = join_path(base, wanted.path);
  const std::string directory(wanted.path.ends_with('/') ? path : parent_of(path));
  const rootfs::Resolution place = marker.index().resolve(directory);
  if (directory.empty() || place.outcome != rootfs::Resolution::Outcome::found) return false;
  const std::string_view beginning = wanted.path.ends_with('/') ? std::string_view() : name_of(path);
  std::vector<const IndexEntry*> files;
  uint64_t bytes = 0;
  for (const IndexEntry* child : marker.index().children(place.entry->path)) {
    const std::string_view name = name_of(child->path);
    const IndexEntry* file =
        wanted.ending.find('/') == std::string::npos
            ? child
            : marker.index().find(join_path(child->path, wanted.ending.substr(1)));
    if (file == nullptr || !is_file(*file) || !name.starts_with(beginning) ||
        !file->path.ends_with(wanted.ending))
      continue;
    files.push_back(file);
    bytes += file->size;
  }
  if (files.size() > kMostChosen || bytes > kMostChosenBytes) return true;
  for (const IndexEntry* file : files) SLIM_CHECK(include(marker, file->path, reason));
  return !files.empty();
}

Result<void> follow(Marker& marker, const std::string& source, const PhpInclude& by) {
  const Wanted wanted = wanted_of(by, marker.state<IncludesState>());
  const Reason reason{"php-include", absolute(source)};
  const bool ends = wanted.ending.find('.') != std::string::npos;
  if (wanted.path.empty() || (wanted.chosen && !ends)) return {};
  if (by.above < 0 && wanted.path.starts_with('/') && !wanted.chosen &&
      marker.index().resolve(wanted.path).outcome == rootfs::Resolution::Outcome::found)
    return include(marker, wanted.path, reason);
  for (const std::string& base : bases_of(marker, source, by.above)) {
    if (wanted.chosen) {
      SLIM_TRY(const bool found, include_chosen(marker, base, wanted, reason));
      if (found) return {};
      continue;
    }
    const std::string path = join_path(base, wanted.path);
    const rootfs::Resolution found = marker.index().resolve(path);
    if (found.outcome != rootfs::Resolution::Outcome::found || !is_file(*found.entry)) continue;
    return include(marker, path, reason);
  }
  return {};
}

}  // namespace

Result<void> php_sources(Marker& marker, const IndexEntry& entry) {
  SLIM_TRY(const bool source, is_php_source(marker, entry));
  if (!source || !php_is_used(marker, entry)) return {};
  auto& state = marker.state<IncludesState>();
  if (!state.read.insert(entry.path).second) return {};
  SLIM_TRY(const std::string_view text, marker.text(entry));
  for (auto& [name, value] : php_constants_of(text)) state.constants.emplace(name, value);
  if (auto includes = php_includes_of(text); !includes.empty())
    state.waiting.emplace(entry.path, std::move(includes));
  return {};
}

// Once all sources have been read that may define what a path begins with.
Result<void> php_includes(Marker& marker) {
  const auto waiting = std::exchange(marker.state<IncludesState>().waiting, {});
  for (const auto& [source, includes] : waiting)
    for (const PhpInclude& each : includes) SLIM_CHECK(follow(marker, source, each));
  return {};
}

}  // namespace slim::keepset::rules
