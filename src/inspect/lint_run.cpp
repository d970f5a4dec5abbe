// SPDX-License-Identifier: Apache-2.0
// Rules for the commands of a RUN.
#include <algorithm>

#include "inspect/findings.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::inspect {

void Findings::add(std::string_view rule, const std::string& detail, unsigned line,
                   std::string path) {
  const Rule* found = find_rule(rule);
  std::string message(found->what);
  if (!detail.empty()) message += ": " + detail;
  findings_.push_back({found, std::move(message), line, std::move(path)});
}

namespace {

bool has(const ShellCommand& command, std::string_view word) {
  return is_one_of(word, command.words);
}

bool is(const ShellCommand& command, std::initializer_list<std::string_view> names) {
  const auto program = name_of(command.words[0]);
  return is_one_of(program, names);
}

bool any_word(const ShellCommand& command, bool (*test)(const std::string&)) {
  return std::any_of(command.words.begin() + 1, command.words.end(), test);
}

bool is_apt(const ShellCommand& command) { return is(command, {"apt-get", "apt"}); }

bool says_yes(const ShellCommand& command) {
  return any_word(command, [](const std::string& word) {
    if (word == "--yes" || word == "--assume-yes" || word == "--quiet=2") return true;
    if (word.starts_with("--") || !word.starts_with('-'))
      return word.find("Assume-Yes") != std::string::npos;
    return word.find('y') != std::string::npos || word.find("qq") != std::string::npos;
  });
}

bool removes(const ShellCommand& command, std::string_view place) {
  return (is(command, {"rm", "find"})) &&
         std::any_of(command.words.begin() + 1, command.words.end(),
                     [&](const std::string& word) { return word.starts_with(place); });
}

void lint_apt(const std::vector<ShellCommand>& commands, const RunContext& context,
              Findings& findings) {
  bool updates = false, cleans = false;
  for (const auto& command : commands) {
    cleans |= removes(command, "/var/lib/apt") || removes(command, "/var/lib/*");
    if (!is_apt(command)) continue;
    updates |= has(command, "update");
    cleans |= has(command, "distclean");
    if (!has(command, "install") || context.apt_configured) continue;
    if (!says_yes(command)) findings.add("apt-no-yes", "", context.line);
    const bool without = any_word(command, [](const std::string& word) {
      return word == "--no-install-recommends" || word.find("Install-Recommends=") != std::string::npos;
    });
    if (!without && context.ships) findings.add("apt-recommends", "", context.line);
  }
  if (updates && !cleans && context.ships && !context.caches_mounted)
    findings.add("apt-lists-left", "", context.line);
}

bool pip_installs(const ShellCommand& command) {
  const bool module = is(command, {"python", "python3"}) && command.words.size() > 3 &&
                      command.words[1] == "-m" && command.words[2] == "pip";
  return (is(command, {"pip", "pip3"}) || module) && has(command, "install");
}

bool is_open(const std::string& mode) {
  return mode == "777" || mode == "0777" || mode == "666" || mode == "0666" || mode == "a+rwx" ||
         mode == "a+w" || mode == "o+w" || mode == "ugo+rwx" || mode == "+777";
}

void lint_command(const ShellCommand& command, const ShellCommand* before,
                  const RunContext& context, Findings& findings) {
  if (is(command, {"sudo"})) findings.add("run-sudo", "", context.line);
  if (is(command, {"chmod"}) && any_word(command, is_open))
    findings.add("chmod-777", "chmod " + command.words[1], context.line);
  if (command.reads_pipe && before != nullptr && is(*before, {"curl", "wget"}) &&
      is(command, {"sh", "bash", "ash", "dash", "python", "python3", "perl"}) &&
      !has(command, "-c") && !has(command, "-m"))
    findings.add("pipe-to-shell", command.words[0], context.line);
  if (!context.ships || context.caches_mounted) return;
  if (is(command, {"apk"}) && has(command, "add") && !has(command, "--no-cache"))
    findings.add("apk-cache-left", "", context.line);
  if (pip_installs(command) && !context.pip_cache_off && !has(command, "--no-cache-dir"))
    findings.add("pip-cache-left", "", context.line);
}

}  // namespace

void lint_run(const std::vector<ShellCommand>& commands, const RunContext& context,
              Findings& findings) {
  if (commands.empty()) return;
  lint_apt(commands, context, findings);
  const bool removes_apk = std::any_of(commands.begin(), commands.end(), [](const auto& command) {
    return removes(command, "/var/cache/apk") || removes(command, "/root/.cache");
  });
  RunContext inner = context;
  inner.caches_mounted |= removes_apk;
  const ShellCommand* before = nullptr;
  for (const auto& command : commands) {
    lint_command(command, before, inner, findings);
    before = &command;
  }
  if (commands.size() == 1 && is(commands[0], {"cd"})) findings.add("run-cd", "", context.line);
  const bool only_removes = std::all_of(
      commands.begin(), commands.end(),
      [](const auto& command) { return is(command, {"rm", "set"}); });
  if (only_removes && context.ships && is(commands.back(), {"rm"}))
    findings.add("remove-in-later-layer", "", context.line);
}

}  // namespace slim::inspect
