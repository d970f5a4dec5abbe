// SPDX-License-Identifier: Apache-2.0
#include "keepset/text.hpp"

#include <algorithm>

namespace slim::keepset {
namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";
constexpr size_t kLongestPath = 256;

}  // namespace

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> result = split(text, '\n');
  for (std::string_view& line : result) {
    if (line.ends_with('\r')) line.remove_suffix(1);
  }
  return result;
}

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> result;
  for (size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const size_t end = find_one_of(line, kBlanks, at);
    result.push_back(line.substr(at, end - at));
    if (end == std::string_view::npos) break;
    at = line.find_first_not_of(kBlanks, end);
  }
  return result;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const size_t end = text.find(separator);
    if (end != 0) result.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return result;
}

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string_view after_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

bool is_identifier_byte(char c) {
  return is_word_byte(c) || c == '$' || c == '.';
}

bool has_word(std::string_view text, std::string_view word) {
  const auto outside = [&](size_t at) { return at >= text.size() || !is_word_byte(text[at]); };
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
    if (outside(at - 1) && outside(at + word.size())) return true;
  return false;
}

std::string_view assigned_name(std::string_view source, size_t at) {
  std::string_view before = trim(source.substr(0, at));
  if (!before.ends_with('=')) return {};
  before = trim(before.substr(0, before.size() - 1));
  size_t begin = before.size();
  while (begin > 0 && is_identifier_byte(before[begin - 1])) --begin;
  return before.substr(begin);
}

std::set<std::string> built_in_paths(std::string_view program, std::string_view word) {
  std::set<std::string> paths;
  for (size_t at = program.find(word); at != std::string_view::npos;) {
    const size_t nul = program.rfind('\0', at);
    const size_t begin = nul == std::string_view::npos ? 0 : nul + 1;
    const size_t end = std::min(program.find('\0', at), program.size());
    const std::string_view text = program.substr(begin, end - begin);
    const bool one_path = text.find_first_of(" \n%:;") == std::string_view::npos;
    if (text.starts_with('/') && text.size() <= kLongestPath && one_path) paths.emplace(text);
    at = program.find(word, end);
  }
  return paths;
}

}  // namespace slim::keepset
