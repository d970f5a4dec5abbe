// SPDX-License-Identifier: Apache-2.0
// A Dockerfile as instructions (Docker's Dockerfile reference; BuildKit's parser decides where the
// two differ): continued lines, comments, the escape directive, here-documents, JSON forms.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "slim/base/error.hpp"

namespace slim::inspect {

struct Instruction {
  std::string keyword;             // in capitals
  std::vector<std::string> flags;  // "--from=build"
  std::string text;                // what follows, on one line
  bool exec_form = false;          // text is a JSON list of strings,
  std::vector<std::string> words;  // which are these
  std::vector<std::string> documents;  // bodies of here-documents
  unsigned line = 0;               // where it begins, from 1
  // The value of --NAME=VALUE; empty if it is not there.
  std::string flag(std::string_view name) const;
};

struct Stage {
  std::string base;  // as written: may hold variables
  std::string name;  // AS name; may be empty
  unsigned line = 0;
  std::vector<Instruction> instructions;
};

struct Dockerfile {
  std::vector<Instruction> arguments;  // ARG before the first FROM
  std::vector<Stage> stages;           // at least one
  // Rules switched off for the line below by "# slim ignore=RULE,RULE".
  std::vector<std::pair<unsigned, std::string>> ignored;
  // Whether a stage's bytes are in the resulting image: the last one and those it is based on.
  bool ships(size_t stage) const;
};

// Errors: `image`, "NAME:LINE: what is wrong", for text that no builder would take.
Result<Dockerfile> parse_dockerfile(std::string_view text, const std::string& name);

// One command of a shell script: words without quotes; assignments in front of it left out.
struct ShellCommand {
  std::vector<std::string> words;
  bool reads_pipe = false;  // what is before it is piped into it
};
std::vector<ShellCommand> shell_commands(std::string_view script);
// Those of a RUN, in whatever form.
std::vector<ShellCommand> commands_of(const Instruction& run);

}  // namespace slim::inspect
