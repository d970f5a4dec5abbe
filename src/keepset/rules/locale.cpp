// SPDX-License-Identifier: Apache-2.0
// A locale is one thing in several files, and so is the table of character set conversions.
#include "keepset/rules.hpp"
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
// when a module is.
Result<void> gconv(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !entry.path.ends_with(".so")) return {};
  const std::string_view directory = directory_named(entry, "gconv");
  if (directory.empty()) return {};
  const Reason reason{"gconv", absolute(entry.path)};
  for (const IndexEntry* child : marker.index().children(directory)) {
    if (name_of(child->path).starts_with("gconv-modules")) marker.mark_tree(*child, reason);
  }
  for (const std::string_view module : kCommonModules) {
    if (const IndexEntry* found = marker.index().find(join_path(directory, module))) {
      marker.mark(*found, reason);
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
