// SPDX-License-Identifier: Apache-2.0
// A compiled module imports others when it is loaded, and no source says so: what CFFI generates
// wants _cffi_backend, what Cython does all that its source imports. A run in which it was loaded has
// shown them; of one that is kept beside it, they are among its strings.
#include "keepset/python_importer.hpp"
#include "keepset/python_modules.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"

namespace slim::keepset::rules {
namespace {

// No module's dotted name is longer.
constexpr size_t kLongestName = 128;

bool is_dotted_name(std::string_view text) {
  if (text.empty() || text.size() > kLongestName) return false;
  char before = '.';
  for (const char c : text) {
    if (c != '.' && !is_word_byte(c)) return false;
    if (before == '.' && (c == '.' || (c >= '0' && c <= '9'))) return false;
    before = c;
  }
  return before != '.';
}

}  // namespace

Result<void> python_extensions(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !entry.path.ends_with(".so")) return {};
  if (site_directory(entry.path).empty() || marker.opened(entry)) return {};
  SLIM_TRY(const std::string_view content, marker.content(entry));
  // PyImport_ImportModule and its like (docs.python.org/3/c-api/import.html).
  if (content.find("PyImport_Import") == std::string_view::npos) return {};
  std::set<std::string, std::less<>> names;
  for (const std::string_view text : split(content, '\0'))
    if (is_dotted_name(text) && !is_for_developers(text)) names.emplace(text);
  for (const std::string& name : names)
    marker.state<PythonImporter>().want(marker, name, entry, Need::rare);
  return {};
}

}  // namespace slim::keepset::rules
