// SPDX-License-Identifier: Apache-2.0
#include "keepset/shell_source.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

constexpr int kDeepest = 64;  // substitutions in substitutions, as only hostile scripts have them
constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kEndOfWord = " \t\r\n;|&()<>`";

constexpr std::string_view kShells[] = {"ash", "bash", "busybox", "dash",
                                        "ksh", "mksh", "sh",      "zsh"};
// A command follows these.
constexpr std::string_view kBefore[] = {"!",  "{",    "do",    "elif", "else",
                                        "if", "then", "until", "while"};
// Programs and builtins that run what follows, some after an argument of their own.
constexpr std::string_view kRunners[] = {"builtin", "command", "env",  "exec",   "ionice", "nice",
                                         "nohup",   "setsid",  "sudo", "stdbuf", "time",   "xargs"};
constexpr std::string_view kRunnersWithArgument[] = {"chroot",    "flock",   "gosu",
                                                     "setuidgid", "su-exec", "timeout"};
constexpr std::string_view kBuiltins[] = {
    ".",       ":",       "[",        "alias",   "bg",     "break", "builtin", "case",
    "cd",      "command", "continue", "declare", "done",   "echo",  "esac",    "eval",
    "exec",    "exit",    "export",   "false",   "fg",     "fi",    "for",     "function",
    "getopts", "hash",    "in",       "jobs",    "kill",   "let",   "local",   "printf",
    "pwd",     "read",    "readonly", "return",  "select", "set",   "shift",   "shopt",
    "source",  "test",    "times",    "trap",    "true",   "type",  "typeset", "ulimit",
    "umask",   "unalias", "unset",    "wait",    "[[",     "}"};

bool is_assignment(std::string_view word) {
  const size_t equals = word.find_first_of("=+[");
  return equals != std::string_view::npos && equals > 0 &&
         word.find('=') != std::string_view::npos &&
         std::all_of(word.begin(), word.begin() + static_cast<ptrdiff_t>(equals), is_word_byte);
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::set<std::string> run() {
    while (at_ < text_.size()) {
      list('\0', 0);
      step();  // a ')' too many
    }
    for (const std::string& function : functions_) commands_.erase(function);
    return std::move(commands_);
  }

 private:
  struct Word {
    std::string text;
    bool literal = true;
  };
  // What the next word of a list may be.
  struct Position {
    bool command = true;
    bool options = false;  // those of a runner come first
    int arguments = 0;     // and as many of its arguments
  };

  void step() { at_ = std::min(at_ + 1, text_.size()); }
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  // Commands up to `end`, which is ')', '`' or, for the whole script, the end.
  void list(char end, int depth) {
    Position position;
    while (at_ < text_.size()) {
      const char c = peek();
      if (c == end && end != '\0') return;
      if (kBlanks.find(c) != std::string_view::npos) {
        step();
      } else if (c == '\n') {
        step();
        skip_documents();
        position = {};
      } else if (c == ';' || c == '|' || c == '&' || c == ')') {
        step();
        position = {};
      } else if (c == '(') {
        const bool function = peek(1) == ')';
        substitution(')', depth);
        position = {.command = function};
      } else if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '<' || c == '>') {
        redirection(depth);
      } else {
        word_of(position, word(depth), end);
      }
    }
  }

  // From the opening character to the closing one.
  void substitution(char end, int depth) {
    step();
    const bool outer = std::exchange(in_backticks_, end == '`');
    if (depth < kDeepest) list(end, depth + 1);
    in_backticks_ = outer;
    step();
  }

  void redirection(int depth) {
    if (peek() == '<' && peek(1) == '<' && peek(2) != '<') {
      step();
      step();
      if (peek() == '-') step();
      while (kBlanks.find(peek()) != std::string_view::npos && at_ < text_.size()) step();
      documents_.push_back(word(depth).text);
      return;
    }
    while (peek() == '<' || peek() == '>') step();
    if (peek() == '(') return;  // a process that is read from or written to
    if (peek() == '&') step();
    while (kBlanks.find(peek()) != std::string_view::npos && at_ < text_.size()) step();
    word(depth);
  }

  // The here-documents that were announced on the line before.
  void skip_documents() {
    for (const std::string& end : documents_) {
      while (at_ < text_.size()) {
        const size_t newline = std::min(text_.find('\n', at_), text_.size());
        const std::string_view line = trim(text_.substr(at_, newline - at_));
        at_ = std::min(newline + 1, text_.size());
        if (line == end) break;
      }
    }
    documents_.clear();
  }

  Word word(int depth) {
    Word word;
    const size_t begin = at_;
    while (at_ < text_.size() && kEndOfWord.find(peek()) == std::string_view::npos) {
      const char c = text_[at_++];
      if (c == '\\') {
        if (peek() != '\n' && at_ < text_.size()) word.text += peek();
        step();
      } else if (c == '\'') {
        const size_t end = std::min(text_.find('\'', at_), text_.size());
        word.text += text_.substr(at_, end - at_);
        at_ = std::min(end + 1, text_.size());
      } else if (c == '"') {
        quoted(word, depth);
      } else if (c == '$') {
        variable(word, depth);
      } else {
        word.text += c;
      }
    }
    if (peek() == '`' && !in_backticks_) {
      word.literal = false;
      substitution('`', depth);
    }
    if (at_ == begin && !in_backticks_) step();
    return word;
  }

  void quoted(Word& word, int depth) {
    while (at_ < text_.size() && peek() != '"') {
      const char c = text_[at_];
      if (c == '`' && !in_backticks_) {
        word.literal = false;
        substitution('`', depth);
        continue;
      }
      step();
      if (c == '$') {
        variable(word, depth);
      } else if (c == '\\') {
        step();
      } else {
        word.text += c;
      }
    }
    step();
  }

  // What follows a '$'.
  void variable(Word& word, int depth) {
    word.literal = false;
    if (peek() == '(') {
      substitution(')', depth);
    } else if (peek() == '{') {
      const size_t end = text_.find_first_of("}\n", at_);
      at_ = std::min(end, text_.size());
      if (peek() == '}') step();
    }
  }

  void word_of(Position& position, const Word& word, char end) {
    if (!position.command) {
      position.command = word.text == "-exec" || word.text == "-execdir";
      return;
    }
    if (position.options && word.text.starts_with('-')) return;
    if (is_assignment(word.text)) return;
    if (position.arguments > 0) {
      --position.arguments;
      return;
    }
    if (word.literal && is_one_of(word.text, kBefore)) {
      position = {};
      return;
    }
    const bool more = is_one_of(word.text, kRunnersWithArgument);
    if (word.literal) found(word.text, end);
    position = {.command = more || is_one_of(word.text, kRunners),
                .options = true,
                .arguments = more ? 1 : 0};
  }

  void found(const std::string& name, char end) {
    if (name.empty()) return;  // '' as a command: no program has that name
    size_t next = at_;
    while (next < text_.size() && kBlanks.find(text_[next]) != std::string_view::npos) ++next;
    const std::string_view rest = text_.substr(next);
    if (rest.starts_with("()")) {
      functions_.insert(name);
    } else if (!(rest.starts_with(')') && end != ')') && !is_one_of(name, kBuiltins)) {
      commands_.insert(name);  // and not the pattern of a case
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  bool in_backticks_ = false;
  std::vector<std::string> documents_;  // ends of here-documents to come
  std::set<std::string> functions_;
  std::set<std::string> commands_;
};

}  // namespace

std::set<std::string> shell_commands_of(std::string_view script) { return Scanner(script).run(); }

std::string_view crontab_command_of(std::string_view line, bool names_user) {
  constexpr std::string_view kBlank = " \t";
  line = trim(line);
  if (line.empty() || line.front() == '#') return {};
  // NAME=VALUE; a time has no '='.
  if (line.substr(0, line.find_first_of(kBlank)).find('=') != std::string_view::npos) return {};
  for (int fields = (line.front() == '@' ? 1 : 5) + (names_user ? 1 : 0); fields > 0; --fields) {
    const size_t end = line.find_first_of(kBlank);
    if (end == std::string_view::npos) return {};
    line = trim(line.substr(end));
  }
  return line;
}

bool is_shell(std::string_view name) { return is_one_of(name, kShells); }

}  // namespace slim::keepset
