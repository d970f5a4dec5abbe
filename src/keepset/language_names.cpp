// SPDX-License-Identifier: Apache-2.0
#include "keepset/language_names.hpp"

#include <algorithm>

#include "keepset/text.hpp"
#include "slim/base/text.hpp"

namespace slim::keepset {
namespace {

// As some programs call them, in English.
constexpr std::string_view kNames[] = {
    "arabic",  "bulgarian",  "catalan",   "chinese",    "croatian", "czech",      "danish",
    "dutch",   "english",    "estonian",  "finnish",    "french",   "german",     "greek",
    "hebrew",  "hindi",      "hungarian", "indonesian", "italian",  "japanese",   "korean",
    "latvian", "lithuanian", "norwegian", "persian",    "polish",   "portuguese", "romanian",
    "russian", "serbian",    "slovak",    "slovenian",  "spanish",  "swedish",    "thai",
    "turkish", "ukrainian",  "vietnamese"};
static_assert(std::is_sorted(std::begin(kNames), std::end(kNames)));

// ISO 639-1, with the codes that it had before.
constexpr std::string_view kTwoLetters[] = {
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bh",
    "bi", "bm", "bn", "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da",
    "de", "dv", "dz", "ee", "el", "en", "eo", "es", "et", "eu", "fa", "ff", "fi", "fj", "fo", "fr",
    "fy", "ga", "gd", "gl", "gn", "gu", "gv", "ha", "he", "hi", "ho", "hr", "ht", "hu", "hy", "hz",
    "ia", "id", "ie", "ig", "ii", "ik", "in", "io", "is", "it", "iu", "iw", "ja", "ji", "jv", "ka",
    "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw", "ky", "la", "lb",
    "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi", "mk", "ml", "mn", "mo", "mr", "ms",
    "mt", "my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny", "oc", "oj", "om",
    "or", "os", "pa", "pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd",
    "se", "sg", "sh", "si", "sk", "sl", "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv", "sw",
    "ta", "te", "tg", "th", "ti", "tk", "tl", "tn", "to", "tr", "ts", "tt", "tw", "ty", "ug", "uk",
    "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo", "za", "zh", "zu"};
static_assert(std::is_sorted(std::begin(kTwoLetters), std::end(kTwoLetters)));

// Of ISO 639-3 those that the Unicode CLDR or glibc have locales of: of all 7,900, any short word
// may be one.
constexpr std::string_view kThreeLetters[] = {
    "ace", "ach", "agq", "agr", "anp", "arn", "asa", "ast", "ayc", "aym", "bar", "bas", "bem",
    "ber", "bez", "bhb", "bho", "brx", "byn", "ccp", "ceb", "cgg", "chr", "ckb", "cmn", "cnr",
    "crh", "csb", "dav", "dje", "doi", "dsb", "dua", "dyo", "ebu", "ewo", "fil", "frp", "fur",
    "gez", "gom", "gsw", "guz", "hak", "haw", "hif", "hne", "hsb", "hyw", "jam", "jgo", "jmc",
    "kab", "kam", "kde", "kea", "kgp", "khq", "kkj", "kln", "kmr", "kok", "ksb", "ksf", "ksh",
    "lag", "lij", "lkt", "luo", "luy", "lzh", "mag", "mai", "mas", "mer", "mfe", "mgh", "mgo",
    "mhr", "miq", "mjw", "mni", "mnw", "mua", "mul", "mzn", "nah", "nan", "naq", "nds", "nhn",
    "niu", "nmg", "nnh", "nso", "nus", "nyn", "pap", "pcm", "prg", "quc", "quz", "raj", "rif",
    "rof", "rom", "rue", "rwk", "sah", "saq", "sat", "sbp", "scn", "sco", "seh", "ses", "sgs",
    "shi", "shn", "shs", "sid", "sma", "smj", "smn", "sms", "son", "syr", "szl", "tcy", "teo",
    "tig", "tlh", "tok", "tpi", "twq", "tzl", "tzm", "und", "unm", "vai", "vec", "vmw", "vun",
    "wae", "wal", "xog", "yav", "yrl", "yue", "yuw", "zgh"};
static_assert(std::is_sorted(std::begin(kThreeLetters), std::end(kThreeLetters)));

// ISO 15924, in use for languages with more than one.
constexpr std::string_view kScripts[] = {"adlm", "arab", "beng", "cyrl", "deva", "guru", "hans",
                                         "hant", "jpan", "kore", "latn", "mong", "mtei", "nkoo",
                                         "olck", "orya", "rohg", "shaw", "telu", "tfng", "vaii"};
static_assert(std::is_sorted(std::begin(kScripts), std::end(kScripts)));

// RFC 5646, of those that programs are translated to.
constexpr std::string_view kVariants[] = {"ekavsk", "ijekavsk", "oxendict", "polyton",
                                          "posix",  "pseudo",   "tarask",   "valencia"};
static_assert(std::is_sorted(std::begin(kVariants), std::end(kVariants)));

template <size_t kCount>
bool is_in(const std::string_view (&sorted)[kCount], std::string_view name) {
  return std::binary_search(std::begin(sorted), std::end(sorted), name);
}

// What a locale may end with: a charset and a modifier, as in "de_DE.UTF-8" and "sr@latin".
bool is_of_locale(std::string_view tail) {
  const size_t at = std::min(tail.find('@'), tail.size());
  const std::string charset = lower_case(tail.substr(0, at));
  if (!charset.empty() && !charset.starts_with(".utf") && !charset.starts_with(".iso"))
    return false;
  tail.remove_prefix(std::min(at + 1, tail.size()));
  return std::all_of(tail.begin(), tail.end(), is_word_byte);
}

// A region is two letters or three digits.
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_subtag(std::string_view part) {
  const std::string lower = lower_case(part);
  if (is_in(kScripts, lower) || is_in(kVariants, lower)) return true;
  if (part.size() == 2) return std::all_of(lower.begin(), lower.end(), is_lower);
  return part.size() == 3 && std::all_of(part.begin(), part.end(), is_digit);
}

}  // namespace

bool is_language(std::string_view name) {
  const size_t tail = std::min(find_one_of(name, ".@"), name.size());
  if (!is_of_locale(name.substr(tail))) return false;
  name = name.substr(0, tail);
  if (is_in(kNames, name)) return true;
  size_t end = std::min(find_one_of(name, "-_"), name.size());
  const std::string_view language = name.substr(0, end);
  if (!is_in(kTwoLetters, language) && !is_in(kThreeLetters, language)) return false;
  while (end < name.size()) {
    const size_t start = end + 1;
    end = std::min(find_one_of(name, "-_", start), name.size());
    if (!is_subtag(name.substr(start, end - start))) return false;
  }
  return true;
}

}  // namespace slim::keepset
