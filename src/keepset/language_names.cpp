// SPDX-License-Identifier: Apache-2.0
#include "keepset/language_names.hpp"

#include <algorithm>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

// As some programs call them, in English.
constexpr std::string_view kNames[] = {
    "arabic",   "bulgarian", "catalan",   "chinese",  "croatian",   "czech",     "danish",   "dutch",
    "english",  "estonian",  "finnish",   "french",   "german",     "greek",     "hebrew",   "hindi",
    "hungarian", "indonesian", "italian", "japanese", "korean",     "latvian",   "lithuanian",
    "norwegian", "persian",  "polish",    "portuguese", "romanian", "russian",   "serbian",  "slovak",
    "slovenian", "spanish",  "swedish",   "thai",     "turkish",    "ukrainian", "vietnamese"};
static_assert(std::is_sorted(std::begin(kNames), std::end(kNames)));

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_of_tag(char c) { return is_word_byte(c) || c == '-'; }

}  // namespace

bool is_language(std::string_view name) {
  if (std::binary_search(std::begin(kNames), std::end(kNames), name)) return true;
  const size_t letters = std::find_if_not(name.begin(), name.end(), is_lower) - name.begin();
  if (letters < 2 || letters > 3) return false;
  const std::string_view rest = name.substr(letters);
  return rest.empty() || ((rest.front() == '-' || rest.front() == '_') && rest.size() <= 9 &&
                          std::all_of(rest.begin(), rest.end(), is_of_tag));
}

}  // namespace slim::keepset
