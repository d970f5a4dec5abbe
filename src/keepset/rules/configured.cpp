// SPDX-License-Identifier: Apache-2.0
// Files that a configuration file names by absolute path: password files, error pages, included
// configuration, helper programs. A server opens them when a request first needs them.
#include <algorithm>

#include "keepset/rules.hpp"
#include "keepset/settings.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kLargestData = 64u << 10;
constexpr uint64_t kLargestProgram = 2u << 20;
constexpr uint64_t kLargestDirectory = 1u << 20;
constexpr size_t kMostEntries = 512;

// Where every program looks anyway, or what others keep.
constexpr std::string_view kNotData[] = {"dev",     "proc",    "sys",          "tmp",      "run",
                                         "var/run", "var/log", "var/lib/dpkg", "var/cache"};

constexpr std::string_view kSystem[] = {"bin/",  "boot/", "etc/", "lib/", "lib64/",
                                        "sbin/", "usr/",  "var/"};

// The absolute paths of a line, each from a '/' at the beginning of a word, a value or a quotation
// to where that ends. At least two components: "/etc" and "/" are not what is meant.
std::vector<std::string> paths_of(std::string_view line) {
  constexpr std::string_view kBefore = " \t\"'=:,;(<[{>|";
  constexpr std::string_view kAfter = " \t\"'=:,;)>]}<|";
  std::vector<std::string> paths;
  for (size_t at = line.find('/'); at != std::string_view::npos;) {
    const bool begins = at == 0 || kBefore.find(line[at - 1]) != std::string_view::npos;
    const size_t end = std::min(line.find_first_of(kAfter, at), line.size());
    std::string_view path = line.substr(at, end - at);
    while (path.ends_with('/') || path.ends_with('.')) path.remove_suffix(1);
    if (begins && path.find('/', 1) != std::string_view::npos && !path.starts_with("//")) {
      paths.emplace_back(path);
    }
    at = line.find('/', end);
  }
  return paths;
}

bool is_foreign(std::string_view path) {
  return std::any_of(std::begin(kNotData), std::end(kNotData), [&](std::string_view directory) {
    return path == directory ||
           (path.starts_with(directory) && path.substr(directory.size()).starts_with('/'));
  });
}

bool is_systems(std::string_view path) {
  return std::any_of(std::begin(kSystem), std::end(kSystem), [&](std::string_view directory) {
    return path.starts_with(directory);
  });
}

void keep_directory(Marker& marker, const IndexEntry& directory, const Reason& reason) {
  const auto below = marker.index().below(directory.path);
  uint64_t bytes = 0;
  for (const IndexEntry* entry : below) bytes += is_file(*entry) ? entry->size : 0;
  marker.mark(directory, reason);
  if (below.size() > kMostEntries || bytes > kLargestDirectory) return;
  for (const IndexEntry* entry : below) marker.mark(*entry, reason);
}

void keep_named(Marker& marker, const std::string& path, bool with_programs, const Reason& reason) {
  const rootfs::Resolution found = marker.index().resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found) return;
  const IndexEntry& entry = *found.entry;
  if (is_foreign(entry.path) || entry.path.find('/') == std::string::npos) return;
  if (entry.path == "etc/alternatives") return;  // leads to half the system
  if (is_directory(entry)) {
    // Of the system's own directories (/usr/lib, /usr/bin) only so much is configuration.
    const auto depth = std::count(entry.path.begin(), entry.path.end(), '/');
    if (is_systems(entry.path) && !entry.path.starts_with("etc/") && depth < 2) return;
    marker.mark_path(path, reason);
    keep_directory(marker, entry, reason);
    return;
  }
  if (!is_file(entry) || name_of(entry.path).find(".so") != std::string_view::npos) return;
  const bool program = (entry.mode & 0111) != 0;
  if (program && !with_programs) return;
  if (entry.size > (program ? kLargestProgram : kLargestData)) return;
  marker.mark_path(path, reason);
  if (program) marker.note_executed(entry);
}

}  // namespace

Result<void> configured(Marker& marker, const IndexEntry& entry) {
  if (!is_settings(entry)) return {};
  SLIM_TRY(const std::string_view text, marker.text(entry));
  if (text.find('\0') != std::string_view::npos) return {};
  const Reason reason{"configured", absolute(entry.path)};
  const bool read = marker.opened(entry);
  std::vector<std::string> paths;
  for (const std::string_view line : lines(text)) {
    if (is_comment(trim(line))) continue;
    for (std::string& path : paths_of(line)) paths.push_back(std::move(path));
  }
  for (const std::string& path : paths) keep_named(marker, path, read, reason);
  return {};
}

}  // namespace slim::keepset::rules
