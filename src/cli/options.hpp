// SPDX-License-Identifier: Apache-2.0
// The command line as values. Parsing and checking happen here; nothing is run.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/container/container.hpp"
#include "slim/container/readiness.hpp"
#include "slim/image/model.hpp"
#include "slim/inspect/diff.hpp"
#include "slim/inspect/lint.hpp"
#include "slim/inspect/xray.hpp"
#include "slim/keepset/keepset.hpp"
#include "slim/policy/seccomp.hpp"
#include "slim/trace/tracer.hpp"

namespace slim::cli {

enum class Command {
  run, trace, build, verify, observe, merge, profile, ports, explain, diff, xray, lint, cache_ls,
  cache_prune, completion, version
};

// diff, xray, lint; the images are Options::files.
struct InspectOptions {
  inspect::DiffOptions diff;
  bool config = true;      // diff: of the configs, too
  inspect::XrayOptions xray;
  std::string format = "text";                // lint: text, json or sarif
  std::optional<inspect::Level> fail_on;      // lint: kExitGate for findings from this level on
  std::vector<std::string> ignored_rules;     // lint
  bool exit_code = false;  // diff: kExitGate for a difference
};

// ports: how the audit is told, and what it may not find.
struct AuditOptions {
  std::string format;                // empty: the default of an image or of traces
  std::vector<std::string> fail_on;  // rules: kExitGate if they have findings
  std::string application;           // for names in policies; empty: the image's
};

// observe: what, and for how long.
struct ObserveOptions {
  std::string target;       // a container's name or id; empty: pid
  std::optional<pid_t> pid;
  std::optional<std::chrono::seconds> duration;  // unset: until told, or until it ends
};

// --minimize: after the proof, what of the slim image can be done without as far as the probe tells.
struct MinimizeOptions {
  bool files = false, syscalls = false;
  std::chrono::seconds time{600};  // until when the search ends
  unsigned trials = 2;             // runs that have to pass before something is taken away
  bool any() const { return files || syscalls; }
};

struct Options {
  Command command = Command::run;

  // run, trace, build, verify
  std::string image;
  container::RunOptions run;
  std::vector<std::string> probe;              // after --
  std::string probe_file;                      // more of them, one a line
  std::vector<std::vector<std::string>> execs;  // --exec, split into words
  container::ReadySpec ready;
  std::chrono::seconds timeout{60};
  bool health_check = true;
  std::optional<image::Platform> platform;
  trace::TracerChoice tracer = trace::TracerChoice::automatic;
  std::string runtime = "auto";
  std::string seccomp;                 // "", "unconfined" or a file
  std::vector<std::string> expose;
  keepset::Options keep;
  std::vector<std::string> keep_from_files;
  bool allow_incomplete = false;
  policy::SeccompChoices seccomp_choices;
  bool prove = true;
  unsigned repair = 3;
  std::vector<std::string> verify_on;  // further runtimes
  MinimizeOptions minimize;
  std::string output;                  // empty: slim-out/NAME
  std::vector<std::string> to;
  std::vector<std::string> tags;

  std::vector<std::string> files;      // build --trace, merge, profile, ports, explain's PATH,
                                       // and the images of diff, xray and lint
  std::string format = "docker";       // profile
  std::string name;                    // profile: what the document calls the container
  std::string architecture;            // profile: for which; empty: the trace's
  std::string base;                    // profile: a seccomp profile to unite with
  bool force = false;                  // traces of different images, or of nobody knows which
  InspectOptions inspect;
  AuditOptions audit;
  ObserveOptions observe;
  std::string shell;                   // completion
  std::optional<int64_t> older_than;   // cache prune, seconds

  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool colour = true;
};

struct Parsed {
  Options options;
  std::string message;          // --help or --version: print and exit 0
  bool only_message = false;
};

// Errors: `usage`, with the option's name and a hint at --help.
Result<Parsed> parse_command_line(const std::vector<std::string>& arguments);

// Splits like a shell does, with quotes and backslashes but without any expansion.
Result<std::vector<std::string>> split_words(const std::string& text);

}  // namespace slim::cli
