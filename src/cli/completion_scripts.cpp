// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/completion.hpp"
#include "slim/base/text.hpp"

namespace slim::cli {

namespace {

using Words = std::vector<std::string>;

std::string joined(const Words& words) { return slim::joined(words, " "); }

// One word of any of the three shells, whatever is in it; for fish with its own two escapes.
std::string quoted(const std::string& text, const std::string& of_quote = "'\\''") {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? of_quote : std::string(1, c);
  return result + "'";
}

std::string escaped(const std::string& text, const std::string& special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != std::string::npos) result += '\\';
    result += c;
  }
  return result;
}

const CompletedCommand& command_of(const std::vector<CompletedCommand>& commands,
                                   const Words& words) {
  return *std::find_if(commands.begin(), commands.end(),
                       [&](const auto& command) { return command.words == words; });
}

// The commands that the words after these may be, with what they are for.
std::vector<std::pair<std::string, std::string>> below(
    const std::vector<CompletedCommand>& commands, const CompletedCommand& command) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& name : command.arguments) {
    Words words = command.words;
    words.push_back(name);
    if (std::any_of(commands.begin(), commands.end(),
                    [&](const auto& other) { return other.words == words; }))
      found.emplace_back(name, command_of(commands, words).help);
  }
  return found;
}

}  // namespace

// Bash takes "--format=json" for three words, of which "=" is one.
std::string bash_completion(const std::vector<CompletedCommand>& commands) {
  std::string script = R"(# bash completion for slim; load it with: source <(slim completion bash)
_slim() {
  local word current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command=slim at=1 options= arguments=
  compopt -o default
  if [ "$current" = = ]; then
    current=
  elif [ "$previous" = = ]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [ "$word" != -- ] || return
    case "$command $word" in
)";
  for (const auto& command : commands)
    if (!command.words.empty())
      script += "      " + quoted("slim " + joined(command.words)) + ") command=\"$command $word\" ;;\n";
  script += R"(    esac
  done
  case "$command" in
)";
  for (const auto& command : commands) {
    Words options, plain;
    std::string values;
    const std::string name = joined(command.words);
    for (const auto& option : command.options) {
      options.insert(options.end(), option.names.begin(), option.names.end());
      if (!option.takes_value) continue;
      if (option.values.empty())
        plain.insert(plain.end(), option.names.begin(), option.names.end());
      else
        values += "        " + slim::joined(option.names, " | ") + ") arguments=" +
                  quoted(joined(option.values)) + " options= ;;\n";
    }
    script += "    " + quoted(name.empty() ? "slim" : "slim " + name) + ")\n      options=" +
              quoted(joined(options)) + "\n      arguments=" + quoted(joined(command.arguments)) +
              "\n      case $previous in\n" + values;
    if (!plain.empty()) script += "        " + slim::joined(plain, " | ") + ") return ;;\n";
    script += "      esac ;;\n";
  }
  return script + R"(  esac
  case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) [ -z "$arguments" ] || COMPREPLY=($(compgen -W "$arguments" -- "$current")) ;;
  esac
}
complete -F _slim slim
)";
}

// zshcompsys(1), _arguments: '(-o --output)'{-o+,--output=}'[help]:value:_files'.
std::string zsh_completion(const std::vector<CompletedCommand>& commands) {
  std::string script = R"(#compdef slim
# zsh completion for slim; load it with: source <(slim completion zsh)
# or for good, as _slim in a directory of $fpath: slim completion zsh >~/.zfunc/_slim
_slim() {
  local command=slim
  shift words
  (( CURRENT-- ))
  while (( CURRENT > 1 )); do
    case "$command $words[1]" in
)";
  for (const auto& command : commands)
    if (!command.words.empty())
      script += "      (" + quoted("slim " + joined(command.words)) + ") command+=\" $words[1]\" ;;\n";
  script += R"(      (*) break ;;
    esac
    shift words
    (( CURRENT-- ))
  done
  # _arguments takes the first word for the command's name.
  words=("$command" $words)
  (( CURRENT++ ))
  local -a commands
  case $command in
)";
  for (const auto& command : commands) {
    const std::string name = joined(command.words);
    script += "    (" + quoted(name.empty() ? "slim" : "slim " + name) + ")\n      _arguments -S";
    for (const auto& option : command.options) {
      const std::string help = "[" + escaped(option.help, "[]\\:") + "]";
      const std::string value =
          !option.takes_value       ? ""
          : option.values.empty()   ? ":value:_files"
                                    : ":value:(" + joined(option.values) + ")";
      for (const auto& option_name : option.names) {
        const std::string suffix = !option.takes_value ? "" : option_name.starts_with("--") ? "=" : "+";
        script += " \\\n        " + quoted("*" + option_name + suffix + help + value);
      }
    }
    const auto names = below(commands, command);
    if (!names.empty()) {
      script += " \\\n        '1: :->command'\n      commands=(";
      for (const auto& [word, help] : names)
        script += "\n        " + quoted(word + ":" + escaped(help, "\\:"));
      script += ")\n      [[ $state != command ]] || _describe command commands ;;\n";
    } else if (!command.arguments.empty()) {
      script += " \\\n        " + quoted("1: :(" + joined(command.arguments) + ")") + " ;;\n";
    } else {
      script += " \\\n        '*: :_files' ;;\n";
    }
  }
  return script + R"(  esac
}
if [[ $funcstack[1] = _slim ]]; then
  _slim "$@"
else
  compdef _slim slim
fi
)";
}

// complete(1) of fish: conditions by the words before the cursor.
std::string fish_completion(const std::vector<CompletedCommand>& commands) {
  const auto text = [](const std::string& help) { return quoted(escaped(help, "\\"), "\\'"); };
  std::string script = R"(# fish completion for slim; load it with: slim completion fish | source
# or for good: slim completion fish >~/.config/fish/completions/slim.fish
function __slim_at
    set -l words (commandline -opc)
    test "$words[2..]" = "$argv"
end
function __slim_in
    set -l words (commandline -opc)
    set -l last (math (count $argv) + 1)
    test "$words[2..$last]" = "$argv"; and not contains -- -- $words
end
complete -c slim -e
)";
  for (const auto& command : commands) {
    const auto names = below(commands, command);
    Words condition = {names.empty() ? "__slim_in" : "__slim_at"};
    condition.insert(condition.end(), command.words.begin(), command.words.end());
    const std::string start = "complete -c slim -n " + quoted(joined(condition));
    for (const auto& option : command.options) {
      script += start;
      for (const auto& name : option.names)
        script += (name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1));
      if (!option.values.empty())
        script += " -x -a " + quoted(joined(option.values));
      else if (option.takes_value)
        script += " -r";
      script += " -d " + text(option.help) + "\n";
    }
    for (const auto& [word, help] : names)
      script += start + " -f -a " + word + " -d " + text(help) + "\n";
    if (names.empty() && !command.arguments.empty())
      script += start + " -f -a " + quoted(joined(command.arguments)) + "\n";
  }
  return script;
}

}  // namespace slim::cli
