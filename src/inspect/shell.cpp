// SPDX-License-Identifier: Apache-2.0
// Just enough of the shell's grammar (POSIX, Shell Command Language) to tell commands apart.
#include <algorithm>
#include <cctype>

#include "slim/inspect/dockerfile.hpp"

namespace slim::inspect {

namespace {

bool is_assignment(const std::string& word) {
  const size_t equals = word.find('=');
  return equals != std::string::npos && equals > 0 &&
         std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
         });
}

// Words that stand before a command and are none.
bool is_prefix(const std::string& word) {
  for (const char* known : {"if", "then", "else", "elif", "do", "while", "until", "!", "{", "(",
                            "time", "exec", "env", "command"})
    if (word == known) return true;
  return is_assignment(word);
}

class Splitter {
 public:
  explicit Splitter(std::string_view script) : script_(script) {}

  std::vector<ShellCommand> run() {
    for (at_ = 0; at_ < script_.size(); ++at_) step(script_[at_]);
    end_command(false);
    return std::move(commands_);
  }

 private:
  void step(char c) {
    if (quote_ != '\0') {
      if (c == quote_) quote_ = '\0';
      else if (c == '\\' && quote_ == '"' && at_ + 1 < script_.size()) word_ += script_[++at_];
      else word_ += c;
    } else if (c == '\'' || c == '"') {
      quote_ = c;
      in_word_ = true;
    } else if (c == '\\' && at_ + 1 < script_.size()) {
      if (script_[++at_] != '\n') put(script_[at_]);
    } else if (c == '#' && !in_word_) {
      while (at_ + 1 < script_.size() && script_[at_ + 1] != '\n') ++at_;
    } else if (c == '|') {
      const bool either = at_ + 1 < script_.size() && script_[at_ + 1] == '|';
      if (either) ++at_;
      end_command(!either);
    } else if (c == '&' && !word_.empty() && (word_.back() == '>' || word_.back() == '<')) {
      put(c);  // 2>&1
    } else if (c == ';' || c == '&' || c == '\n' || c == '(' || c == ')') {
      end_command(false);
    } else if (c == ' ' || c == '\t' || c == '\r') {
      end_word();
    } else {
      put(c);
    }
  }

  void put(char c) {
    word_ += c;
    in_word_ = true;
  }

  void end_word() {
    if (in_word_ && !(now_.words.empty() && is_prefix(word_))) now_.words.push_back(word_);
    word_.clear();
    in_word_ = false;
  }

  void end_command(bool pipe) {
    end_word();
    if (!now_.words.empty()) commands_.push_back(std::move(now_));
    now_ = {};
    now_.reads_pipe = pipe;
  }

  std::string_view script_;
  size_t at_ = 0;
  char quote_ = '\0';
  bool in_word_ = false;
  std::string word_;
  ShellCommand now_;
  std::vector<ShellCommand> commands_;
};

}  // namespace

std::vector<ShellCommand> shell_commands(std::string_view script) { return Splitter(script).run(); }

std::vector<ShellCommand> commands_of(const Instruction& run) {
  if (run.exec_form) {
    const bool shell = run.words.size() == 3 && run.words[0].ends_with("sh") &&
                       run.words[1].starts_with('-') && run.words[1].ends_with('c');
    if (shell) return shell_commands(run.words[2]);
    return {ShellCommand{run.words, false}};
  }
  std::string script = run.text;
  for (const auto& document : run.documents) script += "\n" + document;
  return shell_commands(script);
}

}  // namespace slim::inspect
