// SPDX-License-Identifier: Apache-2.0
// A PHP application that the distribution installed (usr/share/NAME) answers each page with other
// sources, templates and pictures, by names that it makes of the request. Of one that ran, all
// sources and small files are kept.
#include <algorithm>

#include "keepset/php_included.hpp"
#include "keepset/rules.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kShared = "usr/share";
constexpr uint64_t kSmallFile = 64u << 10;
constexpr uint64_t kLargestSource = 512u << 10;
// Of one application; of a larger one only sources.
constexpr uint64_t kMostBytes = 16u << 20;
constexpr size_t kMostFiles = 8000;

// Directories that are not asked for, and texts in other languages, which have rules of their own.
constexpr std::string_view kNotParts[] = {"doc",       "docs",   "examples",     "i18n",
                                          "installer", "lang",   "languages",    "locale",
                                          "locales",   "po",     "localization", "setup",
                                          "test",      "tests"};

struct ApplicationsState {
  std::set<std::string, std::less<>> kept;
};

// usr/share/NAME; empty for what is in none, and for libraries.
std::string_view application_of(std::string_view path) {
  for (const std::string_view root : kPhpLibraries)
    if (path.starts_with(root) && path.substr(root.size()).starts_with('/')) return {};
  std::string_view top = parent_of(path);
  while (!top.empty() && parent_of(top) != kShared) top = parent_of(top);
  return top;
}

bool is_part(std::string_view rest) {
  const auto parts = components(parent_of(rest));
  return std::none_of(parts.begin(), parts.end(), [](std::string_view part) {
    return std::find(std::begin(kNotParts), std::end(kNotParts), part) != std::end(kNotParts);
  });
}

struct Parts {
  std::vector<const IndexEntry*> entries;
  uint64_t bytes = 0;
  bool few() const { return bytes <= kMostBytes && entries.size() <= kMostFiles; }
  void add(const IndexEntry& entry) {
    entries.push_back(&entry);
    bytes += entry.size;
  }
};

}  // namespace

Result<void> php_application(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !entry.path.starts_with(kShared)) return {};
  const std::string_view top = application_of(entry.path);
  auto& kept = marker.state<ApplicationsState>().kept;
  if (top.empty() || kept.contains(top)) return {};
  SLIM_TRY(const bool source, is_php_source(marker, entry));
  if (!source || !php_is_used(marker, entry)) return {};
  kept.emplace(top);
  Parts all, sources;
  for (const IndexEntry* below : marker.index().below(top)) {
    if (!is_file(*below) || !is_part(std::string_view(below->path).substr(top.size() + 1)))
      continue;
    SLIM_TRY(const bool is_source, is_php_source(marker, *below));
    const bool keeps_source = is_source && below->size <= kLargestSource;
    if (keeps_source) sources.add(*below);
    if (keeps_source || below->size <= kSmallFile) all.add(*below);
  }
  const Parts& parts = all.few() ? all : sources;
  if (!parts.few()) {
    marker.warn(absolute(top) + " is large; of it only what the run used is kept (see --keep)");
    return {};
  }
  for (const IndexEntry* part : parts.entries)
    marker.mark(*part, {"php-application", absolute(entry.path)});
  return {};
}

}  // namespace slim::keepset::rules
