// SPDX-License-Identifier: Apache-2.0
// Character sets by the names that applications and tables give them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "keepset/marker.hpp"

namespace slim::keepset {

// Of names worth looking at.
constexpr size_t kLongestCharset = 24;

// As those who look them up take "Shift_JIS", "shiftjis" and "shift-jis" for one.
std::string normalised_charset(std::string_view name);
// What stands in quotes in a script and may be the name of a character set, normalised.
std::set<std::string> quoted_charsets(std::string_view source);

// Python's encodings/aliases.py, 'sjis' : 'shift_jis': normalised alias -> module.
std::map<std::string, std::string> python_charset_aliases(std::string_view table);

// The tables of iconv(3) (gconv-modules): which files convert what.
class GconvTable {
 public:
  void read(std::string_view table);
  // The names of the modules, "SJIS" for example; `charset` is normalised.
  std::set<std::string> modules_of(const std::string& charset) const;

 private:
  std::map<std::string, std::string> aliases_;           // normalised, both
  std::map<std::string, std::set<std::string>> modules_;  // normalised charset -> files without ".so"
};

std::vector<std::string> gconv_directories(const Index& index);

// What rules learn of them.
struct CharsetState {
  std::map<std::string, std::string> named;  // normalised -> the application's source that names it
  std::map<std::string, std::string> iconv;  // the same, of sources that speak of iconv(3)
  std::set<std::string, std::less<>> python, ruby;  // directories: "encodings" and "enc"
};

}  // namespace slim::keepset
