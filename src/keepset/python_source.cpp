// SPDX-License-Identifier: Apache-2.0
#include "keepset/python_source.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

constexpr std::string_view kCompound[] = {"if ",    "elif ", "for ",    "while ",
                                          "with ", "def ",  "except ", "except:"};
constexpr size_t kLongestName = 256;  // of a module, where one is looked for in any line

bool is_name_byte(char c) {
  return is_word_byte(c) || (c & 0x80) != 0;
}

bool is_dotted_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || is_name_byte(c); });
}

struct LogicalLine {
  size_t indent = 0;
  std::string text;  // without comments; string literals stand as they are
};

// Splits source into logical lines: joined inside brackets, strings and by backslashes.
class Lines {
 public:
  explicit Lines(std::string_view source) : source_(source) {}

  std::optional<LogicalLine> next() {
    LogicalLine line;
    indent(line);
    if (at_ >= source_.size()) return std::nullopt;
    unsigned depth = 0;
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == '#') {
        at_ = std::min(source_.find('\n', at_), source_.size());
      } else if (c == '\'' || c == '"') {
        string(line.text);
      } else if (c == '\\' && at_ + 1 < source_.size() && source_[at_ + 1] == '\n') {
        line.text += ' ';
        at_ += 2;
      } else if (c == '\n' || (c == ';' && depth == 0)) {
        ++at_;
        if (depth > 0) {
          line.text += ' ';
          continue;
        }
        if (c == ';') {
          after_semicolon_ = true;
          indent_ = line.indent;
        }
        break;
      } else {
        if (c == '(' || c == '[' || c == '{') ++depth;
        if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
        line.text += c;
        ++at_;
      }
    }
    return line;
  }

 private:
  void indent(LogicalLine& line) {
    if (after_semicolon_) {
      after_semicolon_ = false;
      line.indent = indent_;
      while (at_ < source_.size() && source_[at_] == ' ') ++at_;
      return;
    }
    for (; at_ < source_.size(); ++at_) {
      if (source_[at_] == ' ')
        ++line.indent;
      else if (source_[at_] == '\t')
        line.indent += 8 - line.indent % 8;
      else
        break;
    }
  }

  void string(std::string& text) {
    const char quote = source_[at_];
    const std::string_view triple = source_.substr(at_, 3);
    const bool is_triple = triple.size() == 3 && triple[1] == quote && triple[2] == quote;
    const size_t width = is_triple ? 3 : 1;
    const size_t begin = at_;
    at_ += width;
    while (at_ < source_.size()) {
      if (source_[at_] == '\\') {
        at_ += 2;
        continue;
      }
      if (source_[at_] == '\n' && !is_triple) break;  // an error in Python; recover here
      if (source_[at_] == quote &&
          (!is_triple || source_.substr(at_, 3) == source_.substr(begin, 3))) {
        at_ += width;
        break;
      }
      ++at_;
    }
    at_ = std::min(at_, source_.size());
    if (is_triple)
      text += "''";  // a docstring is of no interest
    else
      text += source_.substr(begin, at_ - begin);
  }

  std::string_view source_;
  size_t at_ = 0;
  bool after_semicolon_ = false;
  size_t indent_ = 0;  // of the line that the semicolon is in
};

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.starts_with(word) && (text.size() == word.size() || !is_name_byte(text[word.size()]));
}

std::string_view first_word(std::string_view text) {
  text = trim(text);
  return text.substr(0, text.find_first_of(" \t"));
}

// What follows the colon of a compound statement on the same line, if that is an import: "if a: import b".
std::string_view import_after_colon(std::string_view text) {
  for (const std::string_view begin : {": import ", ": from "}) {
    const size_t at = text.find(begin);
    // A quote before it may open a literal that it is in.
    if (at != std::string_view::npos && starts_with_one(text, kCompound) &&
        std::count(text.begin(), text.begin() + at, '"') % 2 == 0 &&
        std::count(text.begin(), text.begin() + at, '\'') % 2 == 0)
      return trim(text.substr(at + 1));
  }
  return {};
}

// Where an import statement stands.
struct Place {
  bool deferred = false;
  bool fallback = false;
};

// "import a.b as c, d"
void plain_import(std::string_view rest, Place place, std::vector<PythonImport>& out) {
  for (const std::string_view part : split(rest, ',')) {
    const std::string_view module = first_word(part);
    if (!is_dotted_name(module)) continue;
    out.push_back({0, std::string(module), {}, place.deferred, place.fallback});
  }
}

// "from ..a.b import (c as d, e)"
void from_import(std::string_view rest, Place place, std::vector<PythonImport>& out) {
  PythonImport import;
  import.deferred = place.deferred;
  import.fallback = place.fallback;
  rest = trim(rest);
  while (rest.starts_with('.')) {
    ++import.level;
    rest.remove_prefix(1);
    rest = trim(rest);
  }
  if (!starts_with_word(rest, "import")) {
    import.module = first_word(rest);
    if (!is_dotted_name(import.module)) return;
    rest = trim(rest.substr(import.module.size()));
  }
  if (!starts_with_word(rest, "import")) return;
  rest = trim(rest.substr(6));
  while (rest.starts_with('(')) rest.remove_prefix(1);
  rest = rest.substr(0, rest.find(')'));
  for (const std::string_view part : split(rest, ',')) {
    const std::string_view name = first_word(part);
    if (is_dotted_name(name)) import.names.emplace_back(name);
  }
  if (import.level != 0 || !import.module.empty()) out.push_back(std::move(import));
}

// Strings that may name a module, or something in one, for a program that imports by name: arguments of
// import_module, settings such as "django.core.cache.backends.locmem.LocMemCache".
void named_in_strings(std::string_view text, Place place, std::vector<PythonImport>& out) {
  for (size_t at = find_one_of(text, "'\""); at != std::string_view::npos;
       at = find_one_of(text, "'\"", at + 1)) {
    const size_t begin = at + 1;
    at = text.find(text[at], begin);
    if (at == std::string_view::npos) return;
    const std::string_view literal = text.substr(begin, at - begin);
    const size_t dot = literal.rfind('.');
    if (literal.size() > kLongestName || !is_dotted_name(literal) || literal.starts_with('.') ||
        literal.ends_with('.'))
      continue;
    const std::string_view before = trim(text.substr(0, begin - 1));
    if (before.ends_with("import_module(") || before.ends_with("__import__(")) {
      out.push_back({0, std::string(literal), {}, place.deferred, place.fallback});
    } else if (dot == std::string_view::npos) {
      out.push_back({0, std::string(literal), {}, place.deferred, place.fallback, true});
    } else if (dot != std::string_view::npos) {
      // Of two parts, the first alone would be found for any "email.txt".
      const bool whole = literal.find('.') == dot;
      PythonImport import{0, std::string(literal), {}, true, place.fallback};
      if (!whole) {
        import.names.emplace_back(literal.substr(dot + 1));
        import.module.resize(dot);
      }
      out.push_back(std::move(import));
    }
  }
}

// The blocks around a line, by the indent of the line that opens them.
class Blocks {
 public:
  // Leaves the blocks that a line with this indent ends.
  void enter(size_t indent) {
    for (auto* stack : {&functions_, &fallbacks_, &type_checking_}) {
      while (!stack->empty() && indent <= stack->back()) stack->pop_back();
    }
  }
  // Whether the line opens a block that matters, and nothing else.
  bool open(std::string_view text, size_t indent) {
    if (starts_with_word(text, "async")) text = trim(text.substr(5));
    if (starts_with_word(text, "def")) {
      functions_.push_back(indent);
      return true;
    }
    const bool condition = starts_with_word(text, "if") || starts_with_word(text, "elif");
    if (condition && mentions(text, {"TYPE_CHECKING"})) {
      type_checking_.push_back(indent);
      return true;
    }
    const bool positive = condition && text.find("!=") == std::string_view::npos;
    if (starts_with_word(text, "except") ||
        (positive && mentions(text, {"win32", "'nt'", "\"nt\"", "darwin", "java", "__main__"}))) {
      fallbacks_.push_back(indent);
    }
    return false;
  }
  bool type_checking() const { return !type_checking_.empty(); }
  Place place() const { return {!functions_.empty(), !fallbacks_.empty()}; }

 private:
  static bool mentions(std::string_view text, std::initializer_list<std::string_view> parts) {
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
      return text.find(part) != std::string_view::npos;
    });
  }

  std::vector<size_t> functions_, fallbacks_, type_checking_;
};

}  // namespace

std::vector<PythonImport> python_imports_of(std::string_view source) {
  std::vector<PythonImport> imports;
  Blocks blocks;
  Lines lines(source);
  while (const auto line = lines.next()) {
    std::string_view text = trim(line->text);
    if (text.empty()) continue;
    blocks.enter(line->indent);
    if (blocks.type_checking()) continue;
    const bool opens = blocks.open(text, line->indent);
    if (const std::string_view inner = import_after_colon(text); !inner.empty()) {
      named_in_strings(text.substr(0, text.size() - inner.size()), blocks.place(), imports);
      text = inner;
    } else if (opens) {
      continue;
    }
    // "try: import x" on one line.
    for (const std::string_view opener : {"try:", "else:", "finally:"}) {
      if (text.starts_with(opener)) text = trim(text.substr(opener.size()));
    }
    if (starts_with_word(text, "import"))
      plain_import(text.substr(6), blocks.place(), imports);
    else if (starts_with_word(text, "from"))
      from_import(text.substr(4), blocks.place(), imports);
    else
      named_in_strings(text, blocks.place(), imports);
  }
  return imports;
}

}  // namespace slim::keepset
