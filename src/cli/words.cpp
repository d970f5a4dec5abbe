// SPDX-License-Identifier: Apache-2.0
#include "cli/options.hpp"

namespace slim::cli {

Result<std::vector<std::string>> split_words(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool escapes = c == '\\' && quote != '\'';
    if (escapes && i + 1 < text.size()) {
      const char next = text[++i];
      // Between double quotes a backslash only escapes what is special there.
      if (quote == '"' && next != '"' && next != '\\' && next != '$' && next != '`') word += c;
      word += next;
      in_word = true;
    } else if (quote != 0 ? c == quote : (c == '\'' || c == '"')) {
      quote = quote != 0 ? 0 : c;
      in_word = true;
    } else if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) return fail(ErrorCode::usage, "unbalanced quote in: " + text);
  if (in_word) words.push_back(word);
  if (words.empty()) return fail(ErrorCode::usage, "an empty command");
  return words;
}

}  // namespace slim::cli
