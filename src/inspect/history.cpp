// SPDX-License-Identifier: Apache-2.0
#include "inspect/history.hpp"
#include "slim/base/text.hpp"

#include <charconv>


namespace slim::inspect {

namespace {

constexpr std::string_view kShell = "/bin/sh -c ", kNop = "#(nop)", kBuildKit = "# buildkit";

bool is_instruction(std::string_view word) {
  if (word.size() < 3 || word.size() > 11) return false;
  for (const std::string_view known :
       {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL",
        "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR", "FROM"})
    if (word == known) return true;
  return false;
}

// "|2 A=1 B=x y /bin/sh -c ...": as many NAME=VALUE as the number says. A value may hold spaces, so
// the last one goes up to the shell, and one before it up to the next NAME=.
void take_arguments(std::string_view& text, BuildStep& step) {
  const size_t space = text.find(' ');
  size_t count = 0;
  const auto number = text.substr(1, space == std::string_view::npos ? 0 : space - 1);
  if (std::from_chars(number.data(), number.data() + number.size(), count).ec != std::errc()) return;
  text.remove_prefix(space + 1);
  const size_t shell = std::min(text.find("/bin/"), text.size());
  auto arguments = text.substr(0, shell);
  text.remove_prefix(shell);
  for (const auto word : fields_of(arguments, ' ')) {
    const size_t equals = word.find('=');
    if (equals != std::string_view::npos && step.build_arguments.size() < count)
      step.build_arguments.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    else if (!word.empty() && !step.build_arguments.empty())
      step.build_arguments.back().second += " " + std::string(word);
  }
}

}  // namespace

BuildStep read_step(const std::string& created_by) {
  BuildStep step;
  std::string_view text = trimmed(created_by);
  if (text.ends_with(kBuildKit)) text = trimmed(text.substr(0, text.size() - kBuildKit.size()));
  bool run = false;
  if (text.starts_with("RUN ")) {
    run = true;
    text = trimmed(text.substr(4));
  }
  if (text.starts_with('|')) take_arguments(text, step);
  if (text.starts_with(kShell)) {
    run = true;
    text = trimmed(text.substr(kShell.size()));
    if (text.starts_with(kNop)) {
      run = false;
      text = trimmed(text.substr(kNop.size()));
    }
  }
  const auto word = text.substr(0, text.find(' '));
  if (run) {
    step.instruction = "RUN";
  } else if (is_instruction(word)) {
    step.instruction = std::string(word);
    text = trimmed(text.substr(word.size()));
  }
  step.text = std::string(text);
  return step;
}

}  // namespace slim::inspect
