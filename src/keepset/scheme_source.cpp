// SPDX-License-Identifier: Apache-2.0
#include "keepset/scheme_source.hpp"

#include <algorithm>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

constexpr size_t kLongest = 128;

bool is_word(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) {
    return is_word_byte(c) || std::string_view("-+*/<=>!?:.").find(c) != std::string_view::npos;
  });
}

}  // namespace

std::set<std::string> scheme_modules_of(std::string_view source) {
  std::set<std::string> modules;
  for (const std::string_view line : lines(source)) {
    const std::string_view code = line.substr(0, line.find(';'));
    for (size_t open = code.find('('); open != std::string_view::npos;
         open = code.find('(', open + 1)) {
      const size_t close = code.find_first_of("()", open + 1);
      if (close == std::string_view::npos || code[close] != ')' || close - open > kLongest) continue;
      const auto parts = words(code.substr(open + 1, close - open - 1));
      if (parts.size() < 2 || !std::all_of(parts.begin(), parts.end(), is_word)) continue;
      std::string module;
      for (const std::string_view part : parts)
        module.append(module.empty() ? "" : "/").append(part);
      modules.insert(std::move(module));
    }
  }
  return modules;
}

}  // namespace slim::keepset
