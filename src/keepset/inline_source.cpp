// SPDX-License-Identifier: Apache-2.0
#include "keepset/inline_source.hpp"

#include <algorithm>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

constexpr size_t kLongestCode = 64u << 10;
constexpr size_t kMostOptions = 32;
// Between the words of a command, as shells have them and as lists of literals do.
constexpr std::string_view kBetween = " \t,\\";
constexpr std::string_view kQuotes = "'\"`";

// How a program is told on its command line what to run.
struct Dialect {
  std::string_view program;
  std::string_view code;     // options, letters that may end a cluster of them
  std::string_view loads;    // that are followed by the name of a module, at once or as the next word
};
constexpr Dialect kDialects[] = {{"node", "ep", "r"},  {"perl", "eE", "Mm"}, {"php", "r", ""},
                                 {"python", "c", "m"}, {"ruby", "e", "r"}};

// "python3.11" for "python"; null for what only begins so.
const Dialect* dialect_of(std::string_view word) {
  const auto* found = std::find_if(std::begin(kDialects), std::end(kDialects), [&](const Dialect& each) {
    if (!word.starts_with(each.program)) return false;
    std::string_view version = word.substr(each.program.size());
    if (each.program == "node" && version.starts_with("js")) version.remove_prefix(2);
    return version.find_first_not_of("0123456789.") == std::string_view::npos;
  });
  return found == std::end(kDialects) ? nullptr : found;
}

bool is_quote(char c) { return kQuotes.find(c) != std::string_view::npos; }

// A quote, with what escapes it where the command is itself in quotes.
std::string_view quote_at(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && text[end] == '\\') ++end;
  return end < text.size() && is_quote(text[end]) ? text.substr(at, end + 1 - at) : std::string_view();
}

class Scanner {
 public:
  explicit Scanner(std::string_view source) : source_(source) {}

  std::vector<InlineSource> run() {
    while (at_ < source_.size()) {
      if (!is_name_byte(source_[at_])) {
        ++at_;
        continue;
      }
      const size_t begin = at_;
      while (at_ < source_.size() && is_name_byte(source_[at_])) ++at_;
      const std::string_view word = source_.substr(begin, at_ - begin);
      if (const Dialect* dialect = dialect_of(word)) command(*dialect, word);
    }
    return std::move(found_);
  }

 private:
  static bool is_name_byte(char c) { return is_word_byte(c) || c == '.' || c == '-'; }

  void command(const Dialect& dialect, std::string_view program) {
    InlineSource found{std::string(program), {}, {}, {}};
    for (size_t options = 0; options < kMostOptions && next_word(); ++options) {
      if (source_.substr(at_).starts_with("<<")) {
        document(found);
        break;
      }
      if (source_[at_] == '/') found.script = path();
      if (source_[at_] != '-') break;
      if (!option(dialect, found)) break;
    }
    if (!found.modules.empty() || !found.code.empty() || !found.script.empty())
      found_.push_back(std::move(found));
  }

  // To the next word of the command, past a quote that may stand before and after it; false if there is
  // none on the line.
  bool next_word() {
    const size_t end = source_.find_first_not_of(kBetween, std::min(source_.size(), after_quote(at_)));
    if (end == std::string_view::npos || source_[end] == '\n') return false;
    const std::string_view quote = quote_at(source_, end);
    const size_t begin = end + quote.size();
    if (begin >= source_.size()) return false;
    // A quotation that is neither option nor path may be anything.
    if (!quote.empty() && source_[begin] != '-' && source_[begin] != '/') return false;
    at_ = begin;
    return true;
  }

  size_t after_quote(size_t at) const { return at + quote_at(source_, at).size(); }

  // Whether another may follow.
  bool option(const Dialect& dialect, InlineSource& found) {
    const size_t begin = at_;
    while (at_ < source_.size() && is_option_byte(source_[at_])) ++at_;
    const std::string_view word = source_.substr(begin, at_ - begin);
    if (word.size() < 2) return true;  // standard input
    if (word == "--eval" || word == "--print") return code(found);
    if (word == "--require") return module(found, {});
    if (word[1] == '-') return true;
    if (dialect.loads.find(word[1]) != std::string_view::npos)
      return module(found, word.substr(2)) && dialect.program != "python";
    return dialect.code.find(word.back()) == std::string_view::npos || code(found);
  }

  static bool is_option_byte(char c) {
    return is_word_byte(c) || std::string_view("-:=./@+").find(c) != std::string_view::npos;
  }

  std::string path() {
    const size_t begin = at_;
    while (at_ < source_.size() && is_option_byte(source_[at_])) ++at_;
    return std::string(source_.substr(begin, at_ - begin));
  }

  bool module(InlineSource& found, std::string_view name) {
    if (name.empty()) {
      const size_t begin = std::min(source_.find_first_not_of(kBetween, after_quote(at_)), source_.size());
      at_ = after_quote(begin);
      const size_t first = at_;
      while (at_ < source_.size() && is_option_byte(source_[at_])) ++at_;
      name = source_.substr(first, at_ - first);
    }
    name = name.substr(0, name.find('='));
    if (name.starts_with('-')) name.remove_prefix(1);
    if (!name.empty()) found.modules.emplace_back(name);
    return !name.empty();
  }

  // The word after the option, in quotes or to the end of the line.
  bool code(InlineSource& found) {
    // ["perl", "-e", "..."]: the quote that ends the option is followed by a comma.
    const size_t closed = after_quote(at_);
    const size_t after = std::min(source_.find_first_not_of(" \t", closed), source_.size());
    if (closed != at_ && after < source_.size() && source_[after] == ',') at_ = after + 1;
    const size_t begin = std::min(source_.find_first_not_of(" \t\r\n", at_), source_.size());
    if (begin == source_.size()) return false;
    const std::string_view quote = quote_at(source_, begin);
    const std::string_view rest = source_.substr(begin + quote.size(), kLongestCode);
    const size_t end = quote.empty() ? rest.find('\n') : end_of(rest, quote);
    append(found, rest.substr(0, end));
    at_ = std::min(begin + quote.size() + std::min(end, rest.size()), source_.size());
    return end != std::string_view::npos && !quote.empty();
  }

  // Where a quotation ends: at a quote that is escaped as the first is.
  static size_t end_of(std::string_view text, std::string_view quote) {
    for (size_t at = text.find(quote); at != std::string_view::npos; at = text.find(quote, at + 1))
      if (at == 0 || text[at - 1] != '\\') return at;
    return std::string_view::npos;
  }

  // Literals of the language that the command stands in have ends of lines and quotes escaped.
  static void append(InlineSource& found, std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) {
      const bool escapes = text[i] == '\\' && i + 1 < text.size();
      if (escapes && text[i + 1] == 'n') {
        found.code += '\n';
        ++i;
      } else if (!escapes || !is_quote(text[i + 1])) {
        found.code += text[i];
      }
    }
    found.code += '\n';
  }

  // A here-document, whose lines follow the one that announces it.
  void document(InlineSource& found) {
    const size_t line_end = std::min(source_.find('\n', at_), source_.size());
    std::string_view word = source_.substr(at_ + 2, line_end - at_ - 2);
    word.remove_prefix(std::min(word.find_first_not_of("-~ \t'\"\\"), word.size()));
    size_t length = 0;
    while (length < word.size() && is_word_byte(word[length])) ++length;
    word = word.substr(0, length);
    if (word.empty()) return;
    size_t next = line_end + 1;
    while (next < source_.size() && next - line_end < kLongestCode) {
      const size_t end = std::min(source_.find('\n', next), source_.size());
      const std::string_view line = source_.substr(next, end - next);
      next = end + 1;
      if (trim(line) == word) break;
      found.code.append(line).append("\n");
    }
    at_ = std::min(next, source_.size());
  }

  std::string_view source_;
  size_t at_ = 0;
  std::vector<InlineSource> found_;
};

}  // namespace

std::vector<InlineSource> inline_sources_of(std::string_view source) { return Scanner(source).run(); }

}  // namespace slim::keepset
