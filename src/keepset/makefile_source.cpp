// SPDX-License-Identifier: Apache-2.0
#include "keepset/makefile_source.hpp"

#include <algorithm>
#include <map>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

// Variables in variables, and what they may come to, as only hostile makefiles have it.
constexpr int kDeepest = 8;
constexpr size_t kLongestLine = 64u << 10, kLargest = 1u << 20;
// In the place of what is only known when make runs; a variable to the shell.
constexpr std::string_view kUnknown = "$_";
constexpr std::string_view kShell = "shell ";

class Makefile {
 public:
  std::string commands(std::string_view text) {
    for (const std::string& line : logical_lines(text)) {
      if (commands_.size() > kLargest) break;
      if (line.starts_with('\t')) {
        recipe(line);
      } else if (!assign(line)) {
        const size_t semicolon = line.find(';');  // TARGET: PREREQUISITES ; COMMAND
        expand(line.substr(0, semicolon), 0);
        if (semicolon != std::string::npos) recipe(std::string_view(line).substr(semicolon + 1));
      }
    }
    return std::move(commands_);
  }

 private:
  // A line goes on after a backslash at its end.
  static std::vector<std::string> logical_lines(std::string_view text) {
    std::vector<std::string> result;
    bool more = false;
    for (const std::string_view line : lines(text)) {
      const bool ends = line.ends_with('\\');
      const std::string_view part = line.substr(0, line.size() - (ends ? 1 : 0));
      if (more && result.back().size() < kLongestLine) {
        result.back() += ' ';
        result.back() += part;
      } else if (!more) {
        result.emplace_back(part);
      }
      more = ends;
    }
    return result;
  }

  // NAME = VALUE, also with ":=", "::=", "?=", "+=" and "!=" (what a command prints).
  bool assign(std::string_view line) {
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) return false;
    std::string_view name = line.substr(0, equals);
    const bool command = name.ends_with('!');
    while (!name.empty() && std::string_view(":?+!").find(name.back()) != std::string_view::npos)
      name.remove_suffix(1);
    const auto parts = words(name);
    if (parts.empty() || parts.back().find_first_of(":$#") != std::string_view::npos) return false;
    const std::string_view value = trim(line.substr(equals + 1));
    if (command) recipe(value);
    if (value.find("$(shell") != std::string_view::npos) expand(value, 0);
    variables_[std::string(parts.back())] = value;
    return true;
  }

  // Without what tells make how to run it.
  void recipe(std::string_view line) {
    const size_t begin = line.find_first_not_of("\t @-+");
    if (begin == std::string_view::npos) return;
    const std::string command = expand(line.substr(begin), 0);
    commands_ += command;
    commands_ += '\n';
  }

  std::string expand(std::string_view text, int depth) {
    std::string result;
    for (size_t at = 0; at < text.size() && result.size() < kLongestLine; ++at) {
      if (text[at] != '$' || at + 1 == text.size()) {
        result += text[at];
      } else if (text[++at] == '$') {
        result += '$';
      } else if (text[at] == '(' || text[at] == '{') {
        const std::string_view inside = enclosed(text.substr(at));
        result += value_of(inside, depth);
        at += inside.size() + 1;
      } else {
        result += kUnknown;
      }
    }
    return result;
  }

  // What is between a bracket and the one that closes it.
  static std::string_view enclosed(std::string_view text) {
    const char open = text.front(), close = open == '(' ? ')' : '}';
    int depth = 0;
    for (size_t at = 0; at < text.size(); ++at) {
      if (text[at] == open) ++depth;
      if (text[at] == close && --depth == 0) return text.substr(1, at - 1);
    }
    return text.substr(1);
  }

  std::string value_of(std::string_view inside, int depth) {
    if (depth == kDeepest) return std::string(kUnknown);
    if (inside.starts_with(kShell)) {
      const std::string command = expand(inside.substr(kShell.size()), depth + 1);
      if (commands_.size() < kLargest) commands_ += command + '\n';
      return std::string(kUnknown);
    }
    const auto variable = variables_.find(inside);
    return variable == variables_.end() ? std::string(kUnknown) : expand(variable->second, depth + 1);
  }

  std::string commands_;
  std::map<std::string, std::string, std::less<>> variables_{
      {"AR", "ar"},   {"AS", "as"},   {"CC", "cc"},  {"CPP", "cc -E"},  {"CXX", "g++"},
      {"LEX", "lex"}, {"MAKE", "make"}, {"RM", "rm -f"}, {"YACC", "yacc"}};
};

}  // namespace

bool is_makefile(std::string_view name) {
  return name == "Makefile" || name == "makefile" || name == "GNUmakefile" || name.ends_with(".mk");
}

std::string makefile_commands_of(std::string_view makefile) { return Makefile().commands(makefile); }

}  // namespace slim::keepset
