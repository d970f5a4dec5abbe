// SPDX-License-Identifier: Apache-2.0
// R reads the objects of a package when they are first used, out of one file for all of them. Of a
// package that is used or that the own sources name, all is kept but what is for people, with the
// packages that it needs; and R's own modules, which functions of base load.
#include <algorithm>

#include "keepset/r_source.hpp"
#include "keepset/rules.hpp"
#include "keepset/shebang.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kMostBytes = 32u << 20;
constexpr uint64_t kLargestModule = 1u << 20;
constexpr std::string_view kForPeople[] = {"demo", "doc", "help", "html", "include", "tests"};

// What draws and connects brings the libraries of desktops and of the web: kept for who does.
struct OnDemand {
  std::string_view file;
  std::string_view words;
};
constexpr std::string_view kDevices = "bmp cairo_pdf ggsave jpeg png svg tiff";
constexpr OnDemand kOnDemand[] = {{"R_X11.so", kDevices},
                                  {"cairo.so", kDevices},
                                  {"internet.so", "curlGetHeaders download socketConnection url"}};

struct RState {
  std::set<std::string> libraries;                 // directories of packages
  std::set<std::string> kept;                      // packages, by directory
  std::map<std::string, const IndexEntry*> named;  // and by what
  std::multimap<std::string_view, const IndexEntry*> on_demand;  // by their names
  std::map<std::string_view, const IndexEntry*> wanted;          // of these, and by what
};

bool is_on_demand(std::string_view path) {
  return std::any_of(std::begin(kOnDemand), std::end(kOnDemand),
                     [&](const OnDemand& each) { return name_of(path) == each.file; });
}

void keep_part(Marker& marker, const IndexEntry& part, const Reason& reason) {
  if (is_on_demand(part.path)) {
    marker.state<RState>().on_demand.emplace(name_of(part.path), &part);
  } else {
    marker.mark(part, reason);
  }
}

// LIBRARY/NAME of a file in a package; empty if it is in none.
std::string_view package_of(const Index& index, std::string_view path) {
  for (std::string_view up = parent_of(path); !up.empty(); up = parent_of(up)) {
    if (index.find(join_path(up, "Meta/package.rds")) != nullptr &&
        index.find(join_path(up, "DESCRIPTION")) != nullptr)
      return up;
  }
  return {};
}

Result<void> keep_package(Marker& marker, const std::string& package, const Reason& reason) {
  auto& state = marker.state<RState>();
  if (!state.kept.insert(package).second) return {};
  std::vector<const IndexEntry*> parts;
  uint64_t bytes = 0;
  for (const IndexEntry* entry : marker.index().below(package)) {
    const std::string_view rest = std::string_view(entry->path).substr(package.size() + 1);
    if (is_one_of(rest.substr(0, rest.find('/')), kForPeople))
      continue;
    parts.push_back(entry);
    bytes += is_file(*entry) ? entry->size : 0;
  }
  if (bytes > kMostBytes) {
    marker.warn(absolute(package) + " is large; of it only what the run used is kept (see --keep)");
    return {};
  }
  for (const IndexEntry* part : parts) keep_part(marker, *part, reason);
  const IndexEntry* description = marker.index().find(join_path(package, "DESCRIPTION"));
  SLIM_TRY(const std::string_view text, marker.text(*description));
  for (const std::string& need : r_needs_of(text)) state.named.emplace(need, description);
  return {};
}

// LIBRARY/../modules: lapack.so for solve(), internet.so for url().
void keep_modules(Marker& marker, const std::string& library, const Reason& reason) {
  for (const IndexEntry* module :
       marker.index().children(join_path(parent_of(library), "modules")))
    if (is_file(*module) && module->size <= kLargestModule) keep_part(marker, *module, reason);
}

}  // namespace

Result<void> r_packages(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  if (marker.opened(entry)) {
    const std::string package(package_of(marker.index(), entry.path));
    if (!package.empty()) {
      const Reason reason{"r-package", absolute(entry.path)};
      const std::string library(parent_of(package));
      if (marker.state<RState>().libraries.insert(library).second)
        keep_modules(marker, library, reason);
      return keep_package(marker, package, reason);
    }
  }
  const bool source = entry.path.ends_with(".R") || entry.path.ends_with(".r");
  SLIM_TRY(const bool script, is_script_of(marker, entry, "Rscript"));
  if (!(source && (marker.own(entry) || marker.opened(entry))) && !script) return {};
  SLIM_TRY(const std::string_view text, marker.text(entry));
  for (const std::string& name : r_packages_of(text))
    marker.state<RState>().named.emplace(name, &entry);
  for (const OnDemand& each : kOnDemand) {
    const auto asked = words(each.words);
    if (std::any_of(asked.begin(), asked.end(),
                    [&](std::string_view word) { return has_word(text, word); }))
      marker.state<RState>().wanted.emplace(each.file, &entry);
  }
  return {};
}

// Packages that are named are in one of the libraries, or beside the first of them.
Result<void> r_named_packages(Marker& marker) {
  auto& state = marker.state<RState>();
  if (state.libraries.empty()) return {};
  std::set<std::string> places = state.libraries;
  for (const std::string& library : state.libraries)
    for (const char* other : {"site-library", "../site-library", "../../local/lib/R/site-library"})
      places.insert(clean_path(absolute(join_path(parent_of(library), other))).substr(1));
  const auto named = state.named;
  for (const auto& [name, by] : named) {
    for (const std::string& place : places) {
      const std::string package = join_path(place, name);
      if (package_of(marker.index(), join_path(package, "DESCRIPTION")) == package)
        SLIM_CHECK(keep_package(marker, package, {"r-package", absolute(by->path)}));
    }
  }
  for (const auto& [name, by] : state.wanted) {
    const auto [first, last] = state.on_demand.equal_range(name);
    for (auto found = first; found != last; ++found)
      marker.mark(*found->second, {"r-package", absolute(by->path)});
  }
  return {};
}

}  // namespace slim::keepset::rules
