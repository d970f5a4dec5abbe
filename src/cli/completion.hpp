// SPDX-License-Identifier: Apache-2.0
// Scripts by which shells complete the command line, made from the table of options that parses it.
#pragma once

#include <string>
#include <vector>

namespace slim::cli {

// An option as a shell has to know it.
struct CompletedOption {
  std::vector<std::string> names;   // "-o", "--output"
  std::string help;
  bool takes_value = false;
  std::vector<std::string> values;  // all there are; empty: a file's name, or anything
};

struct CompletedCommand {
  std::vector<std::string> words;      // "cache", "ls"; none: slim itself
  std::string help;
  std::vector<CompletedOption> options;
  std::vector<std::string> arguments;  // all that may follow, if they are known
};

// slim itself first, and every command before its own.
std::vector<CompletedCommand> completed_commands();

// `shell`: bash, zsh or fish.
std::string completion_script(const std::string& shell);

// For one shell each; see there for how it is loaded.
std::string bash_completion(const std::vector<CompletedCommand>& commands);
std::string zsh_completion(const std::vector<CompletedCommand>& commands);
std::string fish_completion(const std::vector<CompletedCommand>& commands);

}  // namespace slim::cli
