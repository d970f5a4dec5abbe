// SPDX-License-Identifier: Apache-2.0
// What gems read besides sources when they are first asked for it: tables, messages, certificates,
// templates of pages. Of a gem that is used its small data files are kept.
#include <algorithm>
#include <map>

#include "keepset/ruby_source.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Of a directory of them.
constexpr uint64_t kMostData = 512u << 10;

// Directories for those who work on the gem, and what it makes applications from.
constexpr std::string_view kNotUsed[] = {
    "benchmark",  "bin",    "doc",     "docs", "example", "examples", "exe",  "ext",  "features",
    "generators", "sample", "samples", "sig",  "spec",    "tasks",    "test", "tests"};
constexpr std::string_view kNotData[] = {".rb", ".so", ".rake", ".gemspec", ".c",
                                         ".h",  ".o",  ".java", ".jar",     ".md"};

struct RubyDataState {
  std::set<std::string, std::less<>> done;
};

// The directory that a library has for itself: GEMS/NAME-1.2, or vendor_ruby/NAME.
std::string library_of(std::string_view path) {
  if (const RubyGem gem = ruby_gem_of(path); !gem.name.empty())
    return join_path(gem.directory, gem.name);
  const std::string root = ruby_root_of(path);
  if (root.find("vendor_ruby") == std::string::npos && root.find("site_ruby") == std::string::npos)
    return {};
  const std::string_view feature = path.substr(root.size() + 1);
  return join_path(root, feature.substr(0, feature.find_first_of("/.")));
}

bool is_data(std::string_view rest) {
  return !ends_with_one(rest, kNotData) && !has_component(parent_of(rest), kNotUsed);
}

}  // namespace

Result<void> ruby_data(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !entry.path.ends_with(".rb")) return {};
  const std::string library = library_of(entry.path);
  if (library.empty() || !marker.state<RubyDataState>().done.insert(library).second) return {};
  struct Group {
    std::vector<const IndexEntry*> files;
    uint64_t bytes = 0;
  };
  std::map<std::string_view, Group> groups;
  const bool gem = !ruby_gem_of(entry.path).name.empty();
  for (const IndexEntry* below : marker.index().below(library)) {
    const std::string_view rest = std::string_view(below->path).substr(library.size() + 1);
    // Beside a gem's directories lie its licence and the like.
    const bool beside = gem && rest.find('/') == std::string_view::npos;
    if (is_directory(*below) || beside || !is_data(rest)) continue;
    Group& group = groups[parent_of(below->path)];
    group.files.push_back(below);
    group.bytes += below->size;
  }
  for (const auto& [directory, group] : groups) {
    if (group.bytes > kMostData) continue;
    for (const IndexEntry* file : group.files)
      marker.mark(*file, {"ruby-data", absolute(entry.path)});
  }
  return {};
}

}  // namespace slim::keepset::rules
