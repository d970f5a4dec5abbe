// SPDX-License-Identifier: Apache-2.0
// A locale is one thing in several files, and so are the translations of a text.

#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Of one text, all languages together.
constexpr uint64_t kMostTranslations = 4u << 20;

}  // namespace

// usr/lib/locale/NAME/LC_*: setlocale wants all categories.
Result<void> locale(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !entry.path.starts_with("usr/lib/locale/")) return {};
  const std::string_view locales = "usr/lib/locale";
  std::string_view top = entry.path;
  while (parent_of(top) != locales && !top.empty()) top = parent_of(top);
  const IndexEntry* directory = marker.index().find(top);
  if (directory == nullptr || !is_directory(*directory)) return {};
  marker.mark_tree(*directory, {"locale", absolute(entry.path)});
  return {};
}

// DIRECTORY/LANGUAGE/LC_MESSAGES/TEXT.mo (gettext(3)): a server answers each visitor in the language
// that is asked for. Those below usr/share/locale are in the language of the program's environment,
// which is the same at the next start.
Result<void> translations(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !entry.path.ends_with(".mo") || !marker.opened(entry)) return {};
  const std::string_view category = parent_of(entry.path), language = parent_of(category);
  const std::string_view directory = parent_of(language);
  if (name_of(category) != "LC_MESSAGES" || directory == "usr/share/locale") return {};
  std::vector<const IndexEntry*> others;
  uint64_t bytes = 0;
  for (const IndexEntry* other : marker.index().children(directory)) {
    const IndexEntry* text = marker.index().find(
        join_path(join_path(other->path, "LC_MESSAGES"), name_of(entry.path)));
    if (text == nullptr || !is_file(*text)) continue;
    others.push_back(text);
    bytes += text->size;
  }
  if (bytes > kMostTranslations) return {};
  for (const IndexEntry* other : others) marker.mark(*other, {"translation", absolute(entry.path)});
  return {};
}

}  // namespace slim::keepset::rules
