// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "keepset/php_source.hpp"
#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

using Part = PhpInclude::Part;

constexpr std::array<std::string_view, 4> kStatements = {"include", "include_once", "require",
                                                         "require_once"};
constexpr size_t kLongest = 512;

// The word at a place of a source; empty if none begins there.
std::string_view word_at(std::string_view source, size_t at) {
  size_t end = at;
  while (end < source.size() && is_word_byte(source[end])) ++end;
  return source.substr(at, end - at);
}

// Where words that are no part of another or of a member's or variable's name begin.
template <typename Visit>
void each_word(std::string_view source, const Visit& visit) {
  for (size_t at = 0; at < source.size();) {
    const std::string_view word = word_at(source, at);
    const char before = at == 0 ? ' ' : source[at - 1];
    if (!word.empty() && before != '$' && before != '>' && before != ':' && before != '\\')
      visit(word, at + word.size());
    at += std::max<size_t>(word.size(), 1);
  }
}

// Takes a string literal off the beginning of `text`.
Part take_literal(std::string_view& text) {
  const char quote = text.front();
  const size_t end = text.find(quote, 1);
  const std::string_view value = text.substr(1, end - 1);
  text.remove_prefix(std::min(end, text.size() - 1) + 1);
  const bool plain = end != std::string_view::npos && value.find('\\') == std::string_view::npos &&
                     (quote == '\'' || value.find('$') == std::string_view::npos);
  return plain ? Part{Part::Kind::text, std::string(value)} : Part{Part::Kind::unknown, {}};
}

// From behind the next "." on that is in no brackets and no literal; empty if there is none.
std::string_view next_operand(std::string_view text) {
  int depth = 0;
  while (!text.empty() && depth >= 0) {
    const char c = text.front();
    if (c == '\'' || c == '"') {
      take_literal(text);
      continue;
    }
    text.remove_prefix(1);
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c == '.' && depth == 0) return text;
  }
  return {};
}

// Takes dirname(...) off, from behind the word: the directories above the source's, -1 if it is
// called with something else.
int take_dirname(std::string_view& text) {
  text = after_blanks(text);
  if (!text.starts_with('(')) return -1;
  text = after_blanks(text.substr(1));
  const std::string_view word = word_at(text, 0);
  text.remove_prefix(word.size());
  int inner = word == "__FILE__" ? -1 : 0;
  if (word == "dirname") {
    inner = take_dirname(text);
    if (inner < 0) return -1;
  } else if (word != "__FILE__" && word != "__DIR__") {
    return -1;
  }
  int levels = 1;
  text = after_blanks(text);
  if (text.starts_with(',')) {
    text = after_blanks(text.substr(1));
    if (text.empty() || text.front() < '1' || text.front() > '9') return -1;
    levels = text.front() - '0';
    text = after_blanks(text.substr(1));
  }
  if (!text.starts_with(')')) return -1;
  text.remove_prefix(1);
  return inner + levels;
}

// The expression from behind the statement's word on.
PhpInclude include_of(std::string_view text) {
  PhpInclude include;
  while (true) {
    text = text.substr(std::min(text.find_first_not_of(" \t\r\n(@"), text.size()));
    if (text.empty()) break;
    if (text.front() == '\'' || text.front() == '"') {
      include.parts.push_back(take_literal(text));
    } else if (const std::string_view word = word_at(text, 0); !word.empty()) {
      text.remove_prefix(word.size());
      const bool first = include.parts.empty();
      if (word == "__DIR__" && first) {
        include.above = 0;
      } else if (const int above = word == "dirname" && first ? take_dirname(text) : -1;
                 above >= 0) {
        include.above = above;
      } else {
        const bool called = after_blanks(text).starts_with('(');
        include.parts.push_back(called ? Part{Part::Kind::unknown, {}}
                                       : Part{Part::Kind::name, std::string(word)});
      }
    } else {
      include.parts.push_back({Part::Kind::unknown, {}});
    }
    text = next_operand(text);
  }
  return include;
}

}  // namespace

std::vector<PhpInclude> php_includes_of(std::string_view source) {
  std::vector<PhpInclude> includes;
  each_word(source, [&](std::string_view word, size_t end) {
    if (!is_one_of(word, kStatements)) return;
    const std::string_view text = source.substr(end, kLongest);
    PhpInclude include = include_of(text.substr(0, text.find(';')));
    const bool says = std::any_of(include.parts.begin(), include.parts.end(), [](const Part& part) {
      return part.kind == Part::Kind::text && !part.text.empty();
    });
    if (says) includes.push_back(std::move(include));
  });
  return includes;
}

std::map<std::string, std::string, std::less<>> php_constants_of(std::string_view source) {
  std::map<std::string, std::string, std::less<>> constants;
  const auto define = [&](std::string name, std::string_view separator, std::string_view text) {
    text = after_blanks(text);
    if (name.empty() || !text.starts_with(separator)) return;
    text = after_blanks(text.substr(separator.size()));
    if (!text.starts_with('\'') && !text.starts_with('"')) return;
    const Part value = take_literal(text);
    const std::string_view rest = after_blanks(text);
    if (value.kind == Part::Kind::text && (rest.starts_with(')') || rest.starts_with(';')))
      constants.emplace(std::move(name), value.text);
  };
  each_word(source, [&](std::string_view word, size_t end) {
    std::string_view text = after_blanks(source.substr(end, kLongest));
    if (word == "define" && text.starts_with('(')) {
      text = after_blanks(text.substr(1));
      if (!text.starts_with('\'') && !text.starts_with('"')) return;
      const Part name = take_literal(text);
      define(name.text, ",", text);
    } else if (word == "const") {
      const std::string_view name = word_at(text, 0);
      define(std::string(name), "=", text.substr(name.size()));
    }
  });
  return constants;
}

}  // namespace slim::keepset
