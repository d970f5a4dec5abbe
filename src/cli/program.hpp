// SPDX-License-Identifier: Apache-2.0
// The command line as CLI11 sees it. Each group of commands adds itself in a file of its own.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/options.hpp"

namespace slim::cli {

// Raw strings of the options whose text has a form of its own; checked after CLI11 is done.
struct RawOptions {
  std::string ready = "auto";
  std::string network = "private";
  std::string tracer = "auto";
  std::string platform;
  std::string closure = "file";
  std::string older_than;
  std::string duration;
  std::string seccomp_args = "on";
  std::string profile_for = "any";
  bool after_start = false;
  std::vector<std::string> only, ignore;
  std::string minimize;
  std::string fail_on = "none";
  std::vector<std::string> execs;
  std::vector<std::string> security;
  bool no_verify = false, no_colour = false, no_health_check = false;
};

// The commands, and what they wrote into options and raw once app has parsed the words.
struct Program {
  CLI::App app{"slim: make container images small, and prove that they still work", "slim"};
  Options options;
  RawOptions raw;

  // `ports_of_traces`: whether `slim ports` is about traces rather than an image.
  explicit Program(bool ports_of_traces = false);
  // A command with the general options (--json, -q, ...); of app if there is no parent.
  CLI::App* simple_command(const std::string& name, Command command, const std::string& text,
                           CLI::App* parent = nullptr);
};

// run, trace, build, verify: what takes IMAGE [COMMAND] [-- PROBE].
void add_image_commands(Program& program);
// A command that takes IMAGE [COMMAND] [-- PROBE], with the options of running it.
CLI::App* image_command(Program& program, const std::string& name, Command command,
                        const std::string& text);
// observe: a container that runs already.
void add_observe_command(Program& program);
void add_ports_command(Program& program, bool of_traces);
// Whether a word of the command line is a trace file rather than an image.
bool names_trace(const std::string& word);
// merge, profile, explain: what reads the results of earlier runs.
void add_result_commands(Program& program);
// diff, xray, lint: what reads images without running them.
void add_inspect_commands(Program& program);

// One value an occurrence; never swallows the words after it.
template <typename T>
CLI::Option* each(CLI::App& app, const std::string& name, T& into, const std::string& text) {
  return app.add_option(name, into, text)->type_size(1)->allow_extra_args(false);
}

// Of every command that works from a trace.
CLI::Option* allow_incomplete(CLI::App& app, Options& o);

// Those of every command that makes a seccomp profile.
std::vector<CLI::Option*> seccomp_options(CLI::App& app, RawOptions& raw);

// Those of diff, xray and lint; part of check_options.
Result<void> check_inspect_options(const RawOptions& raw, Options& o);

// The raw strings checked and put into o. Errors: usage.
Result<void> check_options(const RawOptions& raw, Options& o);

}  // namespace slim::cli
