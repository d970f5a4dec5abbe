// SPDX-License-Identifier: Apache-2.0
// Files that a configuration file, the environment or the application names by absolute path:
// password files, error pages, included configuration, helper programs, data bases. A server opens
// them when a request first needs them.
#include <algorithm>
#include <optional>

#include "keepset/languages.hpp"
#include "keepset/reach.hpp"
#include "keepset/rules.hpp"
#include "keepset/settings.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kLargestData = 64u << 10;
// Named by the application itself: in the system's directories (scripts for browsers), and outside.
constexpr uint64_t kLargestSharedData = 512u << 10;
constexpr uint64_t kLargestOwnData = 4u << 20;
constexpr uint64_t kLargestOwnSource = 256u << 10;
constexpr uint64_t kLargestProgram = 4u << 20;

// Where every program looks anyway, or what others keep.
constexpr std::string_view kNotData[] = {"dev",     "proc",    "sys",          "tmp",      "run",
                                         "var/run", "var/log", "var/lib/dpkg", "var/cache"};

constexpr std::string_view kSystem[] = {"bin/",   "boot/", "etc/", "lib/",
                                        "lib64/", "sbin/", "usr/", "var/"};

// The paths in these are addresses that the browser asks for.
constexpr std::string_view kForBrowsers[] = {".html", ".htm", ".xhtml", ".css", ".svg"};

// The absolute paths of a line, each from a '/' at the beginning of a word, a value or a quotation
// to where that ends, also of a URL that names no host (sqlite:////data/db). At least two
// components: "/etc" and "/" are not what is meant.
std::vector<std::string> paths_of(std::string_view line) {
  constexpr std::string_view kBefore = " \t\"'=:,;(<[{>|";
  constexpr std::string_view kAfter = " \t\"'=:,;)>]}<?|";
  std::vector<std::string> paths;
  for (size_t at = line.find('/'); at != std::string_view::npos;) {
    const bool begins = at == 0 || kBefore.find(line[at - 1]) != std::string_view::npos;
    if (begins && line.substr(at).starts_with("///"))
      at = std::min(line.find_first_not_of('/', at), line.size()) - 1;
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
  return starts_with_one(path, kSystem);
}

bool is_for_browsers(std::string_view path) {
  return ends_with_one(path, kForBrowsers);
}

struct LanguagesInUse {
  std::optional<std::set<const Language*>> found;

  bool have_script(const trace::Trace& trace, std::string_view path) {
    if (!found) found = languages_in_use(trace);
    return std::any_of(found->begin(), found->end(),
                       [&](const Language* language) { return language->has_script(path); });
  }
};

// Scripts that settings name, in languages that are in use, are the application: the way there is a name or
// a route, and the run may have gone none of these.
void note_script(Marker& marker, const IndexEntry& file) {
  if (!is_file(file) || !marker.kept(file) || is_installed(file.path)) return;
  if (!script_package_of(file.path).empty()) return;
  if (marker.state<LanguagesInUse>().have_script(marker.trace(), file.path)) marker.note_own(file);
}

struct Naming {
  bool programs;  // as well, not only data
  bool own;       // by the application, or who runs it
};

void keep_named(Marker& marker, const std::string& path, Naming by, const Reason& reason) {
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
    keep_directory(marker, entry, !by.own, reason);
    for (const IndexEntry* below : marker.index().below(entry.path)) note_script(marker, *below);
    return;
  }
  if (!is_file(entry) || is_library(entry)) return;
  const bool program = (entry.mode & 0111) != 0;
  if (program && !by.programs) return;
  const uint64_t largest_data = !by.own                   ? kLargestData
                                : is_systems(entry.path) ? kLargestSharedData
                                                         : kLargestOwnData;
  if (entry.size > (program ? kLargestProgram : largest_data)) return;
  marker.mark_path(path, reason);
  note_script(marker, entry);
  if (program) marker.note_executed(entry);
}

void keep_paths_in(Marker& marker, std::string_view text, Naming by, const Reason& reason) {
  std::set<std::string> paths;
  for (const std::string_view line : lines(text)) {
    if (is_comment(trim(line))) continue;
    for (std::string& path : paths_of(line)) paths.insert(std::move(path));
  }
  for (const std::string& path : paths) keep_named(marker, path, by, reason);
}

}  // namespace

Result<void> configured(Marker& marker, const IndexEntry& entry) {
  const bool own = marker.own(entry) && is_file(entry) && entry.size <= kLargestOwnSource &&
                   !is_for_browsers(entry.path);
  if (!own && !is_settings(entry)) return {};
  SLIM_TRY(const std::string_view text, marker.text(entry));
  if (text.find('\0') != std::string_view::npos) return {};
  // The text is another file's as soon as one of those that are kept is read.
  const std::string copy(text);
  keep_paths_in(marker, copy, {own || marker.opened(entry), own},
                {"configured", absolute(entry.path)});
  return {};
}

Result<void> environment_paths(Marker& marker) {
  for (const std::string_view variable : marker.options().environment) {
    const size_t equals = variable.find('=');
    if (equals == std::string_view::npos) continue;
    // Lists of directories to look through: what is found there is another rule's.
    const std::string_view name = variable.substr(0, equals);
    if (name.ends_with("PATH")) continue;
    keep_paths_in(marker, variable.substr(equals + 1), {true, true},
                  {"environment", std::string(name)});
  }
  return {};
}

}  // namespace slim::keepset::rules
