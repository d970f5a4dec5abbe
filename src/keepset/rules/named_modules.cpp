// SPDX-License-Identifier: Apache-2.0
// A program that loads modules from a directory of its own has more of them named in what it read: a
// database's catalogue names "$libdir/utf8_and_win" for a text in that encoding.
#include "keepset/plugins.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kLargest = 4u << 20;

bool is_in_name(char c) {
  return is_word_byte(c) || c == '-' || c == '+';
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
  const Plugins::ByName& modules = marker.state<Plugins>().beside_loaded(marker);
  if (modules.empty() || !is_file(entry) || entry.size > kLargest) return {};
  if (!marker.opened(entry) || marker.executed(entry)) return {};
  SLIM_TRY(const std::string_view content, marker.content(entry));
  if (content.starts_with("\x7f" "ELF")) return {};
  const Reason reason{"named-module", absolute(entry.path)};
  std::set<const IndexEntry*> found;
  for (size_t slash = content.find('/'); slash != std::string_view::npos;) {
    size_t end = slash + 1;
    while (end < content.size() && is_in_name(content[end])) ++end;
    const auto named = modules.find(content.substr(slash + 1, end - slash - 1));
    if (named != modules.end()) {
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
