// SPDX-License-Identifier: Apache-2.0
#include "keepset/php_included.hpp"

#include "keepset/shebang.hpp"

namespace slim::keepset {

Result<bool> is_php_source(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return false;
  for (const std::string_view ending : {".php", ".inc", ".phtml"})
    if (entry.path.ends_with(ending)) return true;
  return is_script_of(marker, entry, "php");
}

bool php_is_used(Marker& marker, const IndexEntry& source) {
  return marker.opened(source) || marker.executed(source) || marker.own(source) ||
         marker.state<PhpIncluded>().files.contains(&source);
}

}  // namespace slim::keepset
