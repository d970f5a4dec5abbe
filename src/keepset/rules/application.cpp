// SPDX-License-Identifier: Apache-2.0
// The application's own directory: templates, static files and modules of pages that were not
// asked for. What an interpreter ran from outside the system's directories is the application; its
// directory is kept whole while it is small, which own code is.
#include <algorithm>

#include "keepset/python_modules.hpp"
#include "keepset/rules.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kMostBytes = 4u << 20;
constexpr size_t kMostFiles = 2000;

constexpr std::string_view kSources[] = {".py", ".js", ".mjs", ".cjs", ".rb", ".php", ".pl"};
// Directories that belong to the distribution or that hold anything.
constexpr std::string_view kSystem[] = {"bin/",   "boot/", "dev/", "etc/",  "lib/", "lib32/",
                                        "lib64/", "proc/", "run/", "sbin/", "sys/", "tmp/",
                                        "usr/",   "var/lib/", "var/cache/"};
constexpr std::string_view kForeign[] = {"/node_modules/",  "/site-packages/", "/dist-packages/",
                                         "/.git/",          "/__pycache__/",   "/vendor/bundle/",
                                         "/lib/python"};

struct ApplicationState {
  std::set<std::string> directories;
};

bool is_source(std::string_view path) {
  return std::any_of(std::begin(kSources), std::end(kSources),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

bool is_own(std::string_view path) {
  const bool system = std::any_of(std::begin(kSystem), std::end(kSystem),
                                  [&](std::string_view prefix) { return path.starts_with(prefix); });
  const std::string slashed = absolute(path) + "/";
  return !system && std::none_of(std::begin(kForeign), std::end(kForeign), [&](std::string_view part) {
    return slashed.find(part) != std::string::npos;
  });
}

}  // namespace

Result<void> application(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !is_source(entry.path) || !is_own(entry.path)) return {};
  if (!python_ran(marker, entry) && !marker.executed(entry)) return {};
  const std::string directory = import_root(marker.index(), entry.path);
  // The root directory, or a home or service directory with several things in it, is no application.
  if (directory.empty() || !is_own(directory + "/")) return {};
  auto& state = marker.state<ApplicationState>();
  if (!state.directories.insert(directory).second) return {};
  std::vector<const IndexEntry*> own;
  uint64_t bytes = 0;
  for (const IndexEntry* below : marker.index().below(directory)) {
    if (!is_own(below->path)) continue;
    own.push_back(below);
    if (is_file(*below)) bytes += below->size;
  }
  if (bytes > kMostBytes || own.size() > kMostFiles) {
    marker.warn(absolute(directory) + " is large; of it only what the run used is kept (see --keep)");
    return {};
  }
  for (const IndexEntry* below : own) {
    marker.mark(*below, {"application", absolute(entry.path)});
  }
  return {};
}

}  // namespace slim::keepset::rules
