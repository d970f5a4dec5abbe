// SPDX-License-Identifier: Apache-2.0
// A program that loads modules from a directory of its own has more of them named in what it read: a
// database's catalogue names "$libdir/utf8_and_win" for a text in that encoding.
#include <algorithm>

#include "keepset/rules.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kLargest = 4u << 20;
constexpr std::string_view kEnding = ".so";
// Where libraries are, which others look for.
constexpr std::string_view kLibraries[] = {"lib",     "lib32",     "lib64",     "usr/lib",
                                           "usr/lib32", "usr/lib64", "usr/local/lib"};

bool has_libraries(std::string_view directory) {
  return directory.ends_with("-linux-gnu") || directory.ends_with("-linux-musl") ||
         std::find(std::begin(kLibraries), std::end(kLibraries), directory) != std::end(kLibraries);
}

// All modules by their names without ".so", of directories from which one was loaded.
struct Modules {
  bool known = false;
  std::map<std::string, std::vector<const IndexEntry*>, std::less<>> by_name;
};

void learn(Marker& marker, Modules& modules) {
  modules.known = true;
  std::set<std::string> directories;
  for (const auto& [path, use] : marker.trace().files)
    if ((use.access & trace::kMapped) != 0 && path.ends_with(kEnding))
      directories.emplace(parent_of(std::string_view(path).substr(1)));
  for (const std::string& directory : directories) {
    if (has_libraries(directory)) continue;
    for (const IndexEntry* entry : marker.index().children(directory)) {
      const std::string_view name = name_of(entry->path);
      if (!is_directory(*entry) && name.ends_with(kEnding))
        modules.by_name[std::string(name.substr(0, name.size() - kEnding.size()))].push_back(entry);
    }
  }
}

bool is_in_name(char c) {
  return c == '_' || c == '-' || c == '+' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z');
}

// The component of a path that ends at a slash.
std::string_view component_before(std::string_view content, size_t slash) {
  size_t begin = slash;
  while (begin > 0 && slash - begin < 256 && content[begin - 1] != '/' &&
         (is_in_name(content[begin - 1]) || std::string_view("${}.").find(content[begin - 1]) !=
                                                std::string_view::npos))
    --begin;
  return content.substr(begin, slash - begin);
}

// Whether a directory may be that of the module: it is a variable, or has its name.
bool may_be_parent(std::string_view component, const IndexEntry& module) {
  return component.starts_with('$') || component == name_of(parent_of(module.path));
}

}  // namespace

Result<void> named_modules(Marker& marker, const IndexEntry& entry) {
  Modules& modules = marker.state<Modules>();
  if (!modules.known) learn(marker, modules);
  if (modules.by_name.empty() || !is_file(entry) || entry.size > kLargest) return {};
  if (!marker.opened(entry) || marker.executed(entry)) return {};
  SLIM_TRY(const std::string_view content, marker.content(entry));
  if (content.starts_with("\x7f" "ELF")) return {};
  const Reason reason{"named-module", absolute(entry.path)};
  std::set<const IndexEntry*> found;
  for (size_t slash = content.find('/'); slash != std::string_view::npos;) {
    size_t end = slash + 1;
    while (end < content.size() && is_in_name(content[end])) ++end;
    const auto named = modules.by_name.find(content.substr(slash + 1, end - slash - 1));
    if (named != modules.by_name.end()) {
      const std::string_view parent = component_before(content, slash);
      for (const IndexEntry* module : named->second)
        if (may_be_parent(parent, *module)) found.insert(module);
    }
    slash = content.find('/', end);
  }
  for (const IndexEntry* module : found) marker.mark(*module, reason);
  return {};
}

}  // namespace slim::keepset::rules
