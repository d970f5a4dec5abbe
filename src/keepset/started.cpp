// SPDX-License-Identifier: Apache-2.0
#include "keepset/started.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "keepset/shell_source.hpp"
#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

using Shell = StartedCommand::Shell;

constexpr size_t kLongestCommand = 4096;
constexpr size_t kMostVariables = 64;

struct Starter {
  std::string_view name;
  Shell shell;
};
// Python's, JavaScript's, Ruby's, Perl's, PHP's, Lua's, R's, Erlang's and Scheme's, which share most
// names.
constexpr Starter kStarters[] = {{"Popen", Shell::none},
                                 {"call", Shell::none},
                                 {"capture2", Shell::if_found},
                                 {"capture2e", Shell::if_found},
                                 {"capture3", Shell::if_found},
                                 {"check_call", Shell::none},
                                 {"check_output", Shell::none},
                                 {"cmd", Shell::if_found},
                                 {"create_subprocess_exec", Shell::none},
                                 {"create_subprocess_shell", Shell::always},
                                 {"exec", Shell::if_found},
                                 {"execFile", Shell::none},
                                 {"execFileSync", Shell::none},
                                 {"execSync", Shell::always},
                                 {"execl", Shell::none},
                                 {"execle", Shell::none},
                                 {"execlp", Shell::none},
                                 {"execlpe", Shell::none},
                                 {"execp", Shell::none},
                                 {"execute", Shell::if_found},
                                 {"execv", Shell::none},
                                 {"execve", Shell::none},
                                 {"execvp", Shell::none},
                                 {"execvpe", Shell::none},
                                 {"find_executable", Shell::none},
                                 {"getoutput", Shell::always},
                                 {"getstatusoutput", Shell::always},
                                 {"passthru", Shell::always},
                                 {"pipe", Shell::if_found},
                                 {"popen", Shell::if_found},
                                 {"popen2", Shell::if_found},
                                 {"popen2e", Shell::if_found},
                                 {"popen3", Shell::if_found},
                                 {"posix_spawn", Shell::none},
                                 {"posix_spawnp", Shell::none},
                                 {"proc_open", Shell::always},
                                 {"run", Shell::none},
                                 {"shell_exec", Shell::always},
                                 {"spawn", Shell::none},
                                 {"spawnSync", Shell::none},
                                 {"system", Shell::always},
                                 {"system2", Shell::always},
                                 {"which", Shell::none}};
// Nearly every word of a source is told from them by its first letter.
constexpr bool is_before(const Starter& starter, std::string_view name) {
  return starter.name[0] != name[0] ? starter.name[0] < name[0] : starter.name < name;
}
static_assert(std::is_sorted(std::begin(kStarters), std::end(kStarters),
                             [](const Starter& a, const Starter& b) { return is_before(a, b.name); }));

// Null if there is none of this name.
const Starter* starter_of(std::string_view name) {
  const auto* starter = std::lower_bound(std::begin(kStarters), std::end(kStarters), name, is_before);
  return starter == std::end(kStarters) || starter->name != name ? nullptr : starter;
}

// Where the literal ends that begins with a quote: at the next of its kind that is not escaped. Nowhere
// if that is far.
size_t end_of_literal(std::string_view text) {
  text = text.substr(0, kLongestCommand);
  for (size_t at = 1; at < text.size(); ++at) {
    if (text[at] == text[0]) return at;
    if (text[at] == '\\') ++at;
  }
  return std::string_view::npos;
}

// What is in it, quotes without what escapes them.
std::string quoted(std::string_view text) {
  const size_t end = end_of_literal(text);
  std::string literal;
  for (size_t at = 1; end != std::string_view::npos && at < end; ++at)
    if (text[at] != '\\' || text[at + 1] != text[0]) literal += text[at];
  return literal;
}

// The literal that what follows a starter's name begins with, after "(" and "[".
std::string argument_of(std::string_view rest) {
  rest = after_blanks(rest);
  for (const char bracket : {'(', '['}) {
    if (rest.starts_with(bracket)) rest = after_blanks(rest.substr(1));
  }
  const bool literal = rest.starts_with('"') || rest.starts_with('\'') || rest.starts_with('`');
  return literal ? quoted(rest) : std::string();
}

// The variable that is the first argument of a call, which "(" begins; empty if something else is.
std::string_view variable_of(std::string_view rest) {
  rest = after_blanks(rest);
  if (!rest.starts_with('(')) return {};
  rest = after_blanks(rest.substr(1));
  size_t end = 0;
  while (end < rest.size() && is_identifier_byte(rest[end])) ++end;
  const std::string_view after = after_blanks(rest.substr(end));
  return after.starts_with(',') || after.starts_with(')') ? rest.substr(0, end) : std::string_view();
}

// What a variable is set to, literally: "tar xf" for `cmd = "tar xf " + name`.
std::vector<std::string> values_of(std::string_view source, std::string_view variable) {
  std::vector<std::string> values;
  for (size_t at = source.find(variable); at != std::string_view::npos;) {
    const bool begins = at == 0 || !is_identifier_byte(source[at - 1]);
    at += variable.size();
    const std::string_view rest = after_blanks(source.substr(at, kLongestCommand));
    if (begins && rest.starts_with('=') && !rest.starts_with("=="))
      if (std::string value = argument_of(rest.substr(1)); !value.empty()) values.push_back(value);
    at = source.find(variable, at);
  }
  return values;
}

// Whether a call asks for a shell by an option of its own. `rest` begins with its bracket.
bool asks_shell(std::string_view rest) {
  size_t end = 0;
  for (unsigned depth = 0; end < rest.size(); ++end) {
    if (rest[end] == '(') ++depth;
    if (rest[end] == ')' && (depth == 0 || --depth == 0)) break;
  }
  const std::string_view call = rest.substr(0, end);
  return call.find("shell=True") != std::string_view::npos ||
         call.find("shell: true") != std::string_view::npos;
}

// Perl's open(HANDLE, "-|", "command", ...), which reads from a program, or writes to it.
constexpr std::string_view kPipeMode = "'-|'";
bool is_pipe_mode(std::string_view text) {
  const std::string_view mode = text.substr(0, kPipeMode.size());
  return mode == kPipeMode || mode == "\"-|\"" || mode == "'|-'" || mode == "\"|-\"";
}

// The command of Perl's open(HANDLE, "command |") or Ruby's open("| command"), of what follows the name.
std::string piped_command(std::string_view rest) {
  rest = after_blanks(rest);
  if (rest.starts_with('(')) rest = after_blanks(rest.substr(1));
  if (!rest.starts_with('"') && !rest.starts_with('\'')) {
    const size_t end = rest.find_first_of(",;)\n");
    if (end == std::string_view::npos || rest[end] != ',') return {};
    rest = rest.substr(end + 1);
  }
  const std::string literal = argument_of(rest);
  const std::string_view command = trim(literal);
  if (command == "-|" || command == "|-") return {};  // a mode
  if (command.starts_with('|')) return std::string(trim(command.substr(1)));
  return command.ends_with('|') ? std::string(trim(command.substr(0, command.size() - 1)))
                                : std::string();
}

std::string_view after_comma(std::string_view text) {
  text = after_blanks(text);
  return text.starts_with(',') ? text.substr(1) : std::string_view();
}

// The word that ends where a text does.
std::string_view last_word_of(std::string_view text) {
  size_t begin = text.size();
  while (begin > 0 && is_word_byte(text[begin - 1])) --begin;
  return text.substr(begin);
}

// The name of the function whose parameters begin with "(" at `open`: "run" of `def run(cmd)`,
// `local run = function(cmd)`, `const run = (cmd) => ...`. Empty if that is the call of one.
std::string_view defined_function(std::string_view source, size_t open) {
  constexpr std::string_view kKeywords[] = {"def", "function"};
  const std::string_view before = trim(source.substr(0, open));
  const std::string_view word = last_word_of(before);
  const size_t begin = before.size() - word.size();
  if (word == "function") return last_word_of(assigned_name(source, begin));
  if (!word.empty() && word != "async")
    return is_one_of(last_word_of(trim(before.substr(0, begin))), kKeywords) ? word : std::string_view();
  const size_t close = source.find(')', open);
  const bool is_arrow = close != std::string_view::npos &&
                        after_blanks(source.substr(close + 1, kLongestCommand)).starts_with("=>");
  return is_arrow ? last_word_of(assigned_name(source, word.empty() ? open : begin)) : std::string_view();
}

// The functions whose first parameter, apart from the object, is a variable.
std::set<std::string_view> functions_with(std::string_view source, std::string_view variable) {
  std::set<std::string_view> functions;
  for (size_t at = source.find(variable); at != std::string_view::npos;
       at = source.find(variable, at + 1)) {
    const size_t end = at + variable.size();
    if (end < source.size() && is_identifier_byte(source[end])) continue;
    std::string_view before = trim(source.substr(at < kLongestCommand ? 0 : at - kLongestCommand,
                                                 std::min(at, kLongestCommand)));
    for (const std::string_view object : {"self,", "cls,", "array", "string"})  // or a type
      if (before.ends_with(object)) before = trim(before.substr(0, before.size() - object.size()));
    if (!before.ends_with('(')) continue;
    const auto open = static_cast<size_t>(&before.back() - source.data());
    if (const auto name = defined_function(source, open); !name.empty()) functions.insert(name);
  }
  return functions;
}

// Functions that start what they are given, and functions that give it to them.
constexpr unsigned kMostRounds = 3;

class Scanner {
 public:
  Scanner(std::string_view source, bool backticks) : source_(source), backticks_(backticks) {}

  std::vector<StartedCommand> run() {
    for (unsigned round = 0; round < kMostRounds; ++round) {
      const size_t known = named_.size();
      at_ = 0;
      found_.clear();
      variables_.clear();
      scan();
      if (named_.size() == known) break;
    }
    return std::move(found_);
  }

 private:
  void scan() {
    while (at_ < source_.size()) {
      if (backticks_ && source_[at_] == '#' && at_line_start()) {
        at_ = std::min(source_.find('\n', at_), source_.size());
      } else if (backticks_ && source_[at_] == '`') {
        const size_t end = end_of_literal(source_.substr(at_));
        add(quoted(source_.substr(at_)), Shell::if_found);
        at_ += end == std::string_view::npos ? 1 : end + 1;
      } else if (backticks_ && is_pipe_mode(source_.substr(at_))) {
        at_ += kPipeMode.size();
        call(after_comma(source_.substr(at_, kLongestCommand)), Shell::if_found);
      } else if (is_word_byte(source_[at_])) {
        name();
      } else {
        ++at_;
      }
    }
  }

  bool at_line_start() const {
    const size_t before = source_.substr(0, at_).find_last_not_of(" \t");
    return at_ == 0 || before == std::string_view::npos || source_[before] == '\n';
  }

  void name() {
    const size_t begin = at_;
    while (at_ < source_.size() && is_word_byte(source_[at_])) ++at_;
    const std::string_view name = source_.substr(begin, at_ - begin);
    if (backticks_ && name == "open")
      add(piped_command(source_.substr(at_, kLongestCommand)), Shell::if_found);
    const auto shell = shell_of(name);
    if (!shell) return;
    std::string_view rest = source_.substr(at_, kLongestCommand);
    if (after_blanks(rest).starts_with(')')) {
      // promisify(exec), which is called at once or by the name that it is given.
      rest = after_blanks(rest).substr(1);
      const size_t outer = outer_name(begin);
      const std::string_view given = assigned_name(source_, outer);
      if (outer != begin && !given.empty()) named_.emplace(given, *shell);
    }
    call(rest, *shell);
  }

  // Where the name begins whose call has the name at `at` as its only argument; `at` if none has.
  size_t outer_name(size_t at) const {
    const std::string_view before = trim(source_.substr(0, at));
    if (!before.ends_with('(')) return at;
    size_t begin = before.size() - 1;
    while (begin > 0 && is_identifier_byte(source_[begin - 1])) --begin;
    return begin;
  }

  std::optional<Shell> shell_of(std::string_view name) const {
    if (const auto given = named_.find(name); given != named_.end()) return given->second;
    const Starter* starter = starter_of(name);
    if (starter == nullptr) return std::nullopt;
    return starter->name == "exec" && with_child_process_ ? Shell::always : starter->shell;
  }

  void call(std::string_view rest, Shell shell) {
    const std::string command = argument_of(rest);
    if (shell == Shell::none && asks_shell(rest)) shell = Shell::always;
    if (!command.empty()) return add(command, shell);
    const std::string_view variable = variable_of(rest);
    if (!variable.empty() && variables_.size() < kMostVariables && variables_.insert(variable).second) {
      for (const std::string& value : values_of(source_, variable)) add(value, shell);
      for (const std::string_view function : functions_with(source_, variable))
        if (starter_of(function) == nullptr) named_.emplace(function, shell);
    }
    // Whatever the command is, the shell starts it.
    rest = after_blanks(rest);
    if (shell == Shell::always && rest.starts_with('(') &&
        !after_blanks(rest.substr(1)).starts_with(')'))
      found_.push_back({{}, shell});
  }

  void add(std::string_view command, Shell shell) {
    if (command.empty()) return;
    std::set<std::string> programs = shell_commands_of(command);
    // Without a shell, none of what shells have built in (echo, kill) is; and where there are backticks
    // a command that needs no shell is started without one.
    const bool is_word = command.find_first_of(" \t\n") == std::string_view::npos;
    if ((shell == Shell::none && is_word) || backticks_)
      programs.emplace(command.substr(0, command.find_first_of(" \t\n")));
    found_.push_back({std::move(programs), shell});
  }

  std::string_view source_;
  bool backticks_;
  size_t at_ = 0;
  // Where exec() is Node's and no pattern's.
  bool with_child_process_ = source_.find("child_process") != std::string_view::npos;
  std::map<std::string_view, Shell> named_;
  std::set<std::string_view> variables_;  // that were followed
  std::vector<StartedCommand> found_;
};

}  // namespace

std::vector<StartedCommand> started_commands_of(std::string_view source, bool backticks) {
  return Scanner(source, backticks).run();
}

}  // namespace slim::keepset
