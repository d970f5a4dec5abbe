// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.hpp"

#include <sstream>

#include "cli/program.hpp"

namespace slim::cli {

namespace {

// CLI11 tells the choices of an option only as text: "TEXT:{bash,zsh,fish}".
std::vector<std::string> choices(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto begin = type.rfind('{'), end = type.rfind('}');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  std::istringstream list(type.substr(begin + 1, end - begin - 1));
  std::vector<std::string> words;
  for (std::string word; std::getline(list, word, ',');) words.push_back(word);
  return words;
}

CompletedOption described(const CLI::Option& option) {
  CompletedOption made;
  for (const auto& name : option.get_snames()) made.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) made.names.push_back("--" + name);
  made.help = option.get_description();
  made.takes_value = option.get_items_expected_max() > 0;
  if (made.takes_value) made.values = choices(option);
  return made;
}

void add(const CLI::App& app, std::vector<std::string> words, std::vector<CompletedCommand>& to) {
  CompletedCommand made{words, app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options())
    if (option->nonpositional())
      made.options.push_back(described(*option));
    else
      made.arguments = choices(*option);
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* command : commands) made.arguments.push_back(command->get_name());
  to.push_back(std::move(made));
  for (const CLI::App* command : commands) {
    words.push_back(command->get_name());
    add(*command, words, to);
    words.pop_back();
  }
}

}  // namespace

std::vector<CompletedCommand> completed_commands() {
  const Program program;
  std::vector<CompletedCommand> commands;
  add(program.app, {}, commands);
  return commands;
}

std::string completion_script(const std::string& shell) {
  const auto commands = completed_commands();
  if (shell == "zsh") return zsh_completion(commands);
  if (shell == "fish") return fish_completion(commands);
  return bash_completion(commands);
}

}  // namespace slim::cli
