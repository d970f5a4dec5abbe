// SPDX-License-Identifier: Apache-2.0
// The application's own directory: templates, static files and modules of pages that were not
// asked for. What an interpreter ran from outside the system's directories is the application, and
// what a web server served is its content, and what a program looks through outside of these is
// what it serves, deploys or plugs in; the directory is kept whole while it is small, which
// people's own work is, else its small files.
#include <algorithm>

#include "keepset/composer.hpp"
#include "keepset/python_modules.hpp"
#include "keepset/rules.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kMostBytes = 4u << 20;
constexpr size_t kMostFiles = 2000;
// Of a larger one, templates and the like are kept, and data are not.
constexpr uint64_t kSmallFile = 64u << 10;

constexpr std::string_view kWebRoots[] = {"var/www", "srv", "usr/share/nginx/html",
                                          "usr/share/caddy", "usr/local/apache2/htdocs"};
constexpr std::string_view kSources[] = {".py",  ".js", ".mjs", ".cjs",  ".rb",
                                         ".php", ".pl", ".pm",  ".psgi", ".cgi",
                                         ".lua", ".tcl", ".erl",  ".escript",
                                         ".ex",  ".exs", ".R",    ".r",   ".scm"};
// Directories that belong to the distribution or that hold anything. Not all of /usr: many images
// have their application in /usr/src/app or /usr/app.
constexpr std::string_view kSystem[] = {
    "bin/",        "boot/",   "dev/",       "etc/",      "lib/",       "lib32/",   "lib64/",
    "proc/",       "run/",    "sbin/",      "sys/",      "tmp/",       "usr/bin/", "usr/games/",
    "usr/include", "usr/lib", "usr/local/", "usr/sbin/", "usr/share/", "var/lib/", "var/cache/"};
// Installed packages have rules of their own; so have those of composer.
constexpr std::string_view kForeign[] = {"/node_modules/", "/site-packages/", "/dist-packages/",
                                         "/.git/",         "/__pycache__/",   "/vendor/bundle/",
                                         "/lib/python"};

struct ApplicationState {
  std::set<std::pair<std::string, bool>> directories;  // and whether they were only looked through
};

bool is_source(std::string_view path) {
  return std::any_of(std::begin(kSources), std::end(kSources),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

bool is_foreign(const Index& index, std::string_view path) {
  const std::string slashed = absolute(path) + "/";
  if (!composer_vendor_of(index, slashed.substr(1)).empty()) return true;
  return std::any_of(std::begin(kForeign), std::end(kForeign), [&](std::string_view part) {
    return slashed.find(part) != std::string::npos;
  });
}

bool is_own(const Index& index, std::string_view path) {
  return path != "/" && !is_foreign(index, path) &&
         std::none_of(std::begin(kSystem), std::end(kSystem),
                      [&](std::string_view prefix) { return path.starts_with(prefix); });
}

bool is_below(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

// The directory of the application that a file belongs to; empty if it belongs to none.
std::string directory_of(Marker& marker, const IndexEntry& entry) {
  const std::string_view path = entry.path;
  for (const std::string_view root : kWebRoots) {
    // A web server's root may be linked from elsewhere; below it the first level is a site.
    if (is_below(path, root) && marker.opened(entry)) return std::string(root);
  }
  if (!is_source(path) || !is_own(marker.index(), path)) return {};
  if (!python_ran(marker, entry) && !marker.executed(entry)) return {};
  for (const std::string& directory : marker.config_directories()) {
    if (!directory.empty() && is_own(marker.index(), directory + "/") &&
        is_below(path, directory)) {
      return directory;
    }
  }
  std::string directory = import_root(marker.index(), path);
  return is_own(marker.index(), directory + "/") ? directory : std::string();
}

struct Files {
  std::vector<const IndexEntry*> entries;
  uint64_t bytes = 0;
  bool complete = true;  // no file was above the size
  bool few() const { return bytes <= kMostBytes && entries.size() <= kMostFiles; }
};

// All that is the application's own below a directory, without files above a size.
Files own_files(const Index& index, const std::string& directory, uint64_t largest) {
  Files files;
  for (const IndexEntry* below : index.below(directory)) {
    if (is_foreign(index, below->path)) continue;
    if (is_file(*below) && below->size > largest) {
      files.complete = false;
      continue;
    }
    files.entries.push_back(below);
    if (is_file(*below)) files.bytes += below->size;
  }
  return files;
}

// tests/x.py, x_test.js, spec/x_spec.rb, conftest.py: what these name, only tests and builds use.
bool is_of_tests(const IndexEntry& entry, const std::string& application) {
  for (const std::string_view part :
       components(std::string_view(entry.path).substr(application.size()))) {
    const std::string_view stem = part.substr(0, part.find('.'));
    for (const std::string_view word : {"test", "tests", "spec", "__tests__", "conftest", "setup"})
      if (stem == word) return true;
    if (stem.starts_with("test_") || stem.ends_with("_test") || stem.ends_with("_spec") ||
        part.find(".test.") != std::string_view::npos ||
        part.find(".spec.") != std::string_view::npos)
      return true;
  }
  return false;
}

std::string looked_through_directory(Marker& marker, const IndexEntry& entry) {
  return marker.listed(entry) && is_own(marker.index(), entry.path + "/") ? entry.path
                                                                          : std::string();
}

// Whether the file is kept under another name already. Names of one file are kept where they are
// used: that a directory is looked through does not make one of them.
bool is_another_name(const Marker& marker, const IndexEntry& entry) {
  if (entry.link_group == 0) return false;
  const auto peers = marker.index().peers(entry);
  return std::any_of(peers.begin(), peers.end(), [&](const IndexEntry* peer) {
    return peer->path != entry.path && marker.kept(*peer);
  });
}

}  // namespace

Result<void> application(Marker& marker, const IndexEntry& entry) {
  const bool looked_through = is_directory(entry);
  if (!looked_through && !is_file(entry)) return {};
  const std::string directory =
      looked_through ? looked_through_directory(marker, entry) : directory_of(marker, entry);
  if (directory.empty()) return {};
  if (!marker.state<ApplicationState>().directories.emplace(directory, looked_through).second)
    return {};
  Files own = own_files(marker.index(), directory, kMostBytes);
  const bool whole = own.few() && own.complete;
  if (!whole) own = own_files(marker.index(), directory, kSmallFile);
  if (!whole && !looked_through)
    marker.warn(absolute(directory) + " is large; of it only what the run used is kept" +
                (own.few() ? ", and small files" : "") + " (see --keep)");
  if (!own.few()) return {};
  for (const IndexEntry* below : own.entries) {
    if (looked_through && is_another_name(marker, *below)) continue;
    if (!looked_through && is_file(*below) && !is_of_tests(*below, directory))
      marker.note_own(*below);
    marker.mark(*below, {"application", absolute(entry.path)});
  }
  return {};
}

}  // namespace slim::keepset::rules
