// SPDX-License-Identifier: Apache-2.0
// What a TeX document asks for is another class, package or font than the last one's: of the trees
// (TEXMF) from which the run read macros, those of the same format and what they share are kept, with the
// fonts in the forms that are read, as long as that is not a whole distribution.
#include <algorithm>
#include <vector>

#include "keepset/rules.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kMostBytes = 96u << 20;
constexpr std::string_view kMacros = "/tex/";
// LaTeX's graphics has two files of ConTeXt's, which also convert pictures for it.
constexpr std::string_view kShared[] = {
    "tex/generic",    "tex/context/base/mkii/supp-mis.mkii", "tex/context/base/mkii/supp-pdf.mkii",
    "fonts/enc",      "fonts/map",
    "fonts/opentype", "fonts/tfm",
    "fonts/type1",    "fonts/vf"};

struct TexState {
  std::set<std::string> done;  // TREE/tex/FORMAT
};

// TREE/tex/FORMAT of a file below it; empty if it is in no such tree.
std::string_view format_of(std::string_view path) {
  const size_t macros = path.find(kMacros);
  if (macros == std::string_view::npos) return {};
  if (!name_of(path.substr(0, macros)).starts_with("texmf")) return {};
  const size_t end = path.find('/', macros + kMacros.size());
  return end == std::string_view::npos ? std::string_view() : path.substr(0, end);
}

}  // namespace

Result<void> tex_trees(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !marker.opened(entry)) return {};
  const std::string_view format = format_of(entry.path);
  if (format.empty() || !marker.state<TexState>().done.emplace(format).second) return {};
  std::vector<std::string> parts{std::string(format)};
  for (const std::string_view shared : kShared)
    parts.push_back(join_path(parent_of(parent_of(format)), shared));
  uint64_t bytes = 0;
  for (const std::string& part : parts)
    for (const IndexEntry* each : marker.index().below(part)) bytes += is_file(*each) ? each->size : 0;
  if (bytes > kMostBytes) return {};
  for (const std::string& part : parts)
    if (const IndexEntry* directory = marker.index().find(part))
      marker.mark_tree(*directory, {"tex", absolute(entry.path)});
  return {};
}

}  // namespace slim::keepset::rules
