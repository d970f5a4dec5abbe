// SPDX-License-Identifier: Apache-2.0
#include "cli/probe_steps.hpp"

#include <unistd.h>

#include "cli/context.hpp"
#include "slim/base/child.hpp"
#include "slim/base/file.hpp"
#include "slim/base/text.hpp"

namespace slim::cli {

namespace {

using verify::ProbeStep;
using Kind = ProbeStep::Kind;

Result<ProbeStep> step_of(std::string_view line) {
  if (line == "restart") return ProbeStep{Kind::restart, {}, "restart"};
  constexpr std::string_view kExec = "exec:";
  if (!line.starts_with(kExec))
    return ProbeStep{Kind::host, {"/bin/sh", "-c", std::string(line)}, std::string(line)};
  SLIM_TRY(auto words, split_words(std::string(trimmed(line.substr(kExec.size())))));
  if (words.empty()) return fail(ErrorCode::usage, "exec: without a command");
  return ProbeStep{Kind::inside, std::move(words), std::string(line)};
}

}  // namespace

Result<std::vector<ProbeStep>> parse_probe_file(std::string_view text, const std::string& name) {
  std::vector<ProbeStep> steps;
  for (size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    auto step = step_of(line);
    SLIM_CHECK_CONTEXT(step, name + ", line " + std::to_string(number));
    steps.push_back(std::move(*step));
  }
  if (steps.empty()) return fail(ErrorCode::usage, name + ": no probe in it");
  if (steps.back().kind == Kind::restart)
    return fail(ErrorCode::usage, name + ": no probe after the last restart");
  return steps;
}

Result<std::vector<ProbeStep>> probe_steps(const Options& options) {
  std::vector<ProbeStep> steps;
  if (!options.probe_file.empty()) {
    SLIM_TRY(const std::string text, in_step(ErrorCode::usage, read_file(options.probe_file)));
    SLIM_TRY(steps, parse_probe_file(text, options.probe_file));
  }
  if (!options.probe.empty()) {
    const std::string& program = options.probe[0];
    const bool there = program.find('/') != program.npos && ::access(program.c_str(), F_OK) == 0;
    if (!find_program(program))
      return fail(ErrorCode::usage, "the probe " + program +
                                        (there ? " is no program that may be executed"
                                               : " was not found on this host") +
                                        "; PROBE is a command of the host, --exec runs one inside "
                                        "the container");
    steps.push_back({Kind::host, options.probe, joined(options.probe, " ")});
  }
  for (const auto& argv : options.execs)
    steps.push_back({Kind::inside, argv, "exec: " + joined(argv, " ")});
  return steps;
}

}  // namespace slim::cli
