// SPDX-License-Identifier: Apache-2.0
// A locale is one thing in several files, and so are the table of character set conversions and the
// translations of a text.

#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Conversions between the character sets that text is most often in; about 20 KB each.
constexpr std::string_view kCommonModules[] = {"CP1252.so",  "ISO8859-1.so", "ISO8859-15.so",
                                               "UNICODE.so", "UTF-16.so",    "UTF-32.so"};

// The directory of an entry if its name is `name`, else empty.
std::string_view directory_named(const IndexEntry& entry, std::string_view name) {
  for (std::string_view up = parent_of(entry.path); !up.empty(); up = parent_of(up)) {
    if (name_of(up) == name) return up;
  }
  return {};
}

void keep_conversions(Marker& marker, std::string_view directory, const Reason& reason) {
  if (directory.empty()) return;
  for (const IndexEntry* child : marker.index().children(directory)) {
    const std::string_view name = name_of(child->path);
    if (name.starts_with("gconv-modules")) marker.mark_tree(*child, reason);
    if (is_one_of(name, kCommonModules))
      marker.mark(*child, reason);
  }
}

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

// Opening gconv-modules.cache is what every program in a UTF-8 locale does; a conversion is used
// when a module is, and maybe when the application's own sources speak of iconv(3).
Result<void> gconv(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  const Reason reason{"gconv", absolute(entry.path)};
  if (marker.own(entry)) {
    SLIM_TRY(const std::string_view source, marker.text(entry));
    if (!has_word(source, "iconv")) return {};
    for (const std::string_view libraries : {"usr/lib", "usr/lib64"}) {
      keep_conversions(marker, join_path(libraries, "gconv"), reason);
      for (const IndexEntry* child : marker.index().children(libraries))
        keep_conversions(marker, join_path(child->path, "gconv"), reason);
    }
  } else if (entry.path.ends_with(".so")) {
    keep_conversions(marker, directory_named(entry, "gconv"), reason);
  }
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
