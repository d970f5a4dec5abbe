// SPDX-License-Identifier: Apache-2.0
// report.json (a contract, see README) and the closing table.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slim::report {

struct ImageFacts {
  std::string reference;
  std::string digest;
  uint64_t bytes = 0;  // uncompressed bytes of the layers' files, as `docker images` shows
  uint64_t layers = 0;
};

struct PortFacts {
  uint16_t port = 0;
  std::string protocol, address, family, process, state;
  bool in_expose = false;
  std::string started_as;  // by which path the process was executed
};

// What a probe of several brought that none before had.
struct ProbeGain {
  std::string probe;
  uint64_t new_files = 0, new_syscalls = 0;
  uint64_t files = 0, syscalls = 0;  // altogether so far
};

struct Round {
  bool passed = false;
  std::string failure;               // why not; empty when passed
  std::vector<std::string> missing;  // absolute paths looked for that the original has
  std::vector<std::string> denied;   // system calls
  std::string log;                   // the slim container's last lines; empty when passed
};

// What the container can be held to. A measure holds when the slim image was seen to work with it;
// unset: not tried.
struct ConfinementFacts {
  std::vector<std::string> capabilities;  // needed, CAP_*
  std::vector<std::string> writable;      // directories besides the volumes
  std::optional<bool> capabilities_hold, read_only_holds, no_new_privileges_holds;
  bool root_needed = true;
  std::string root_reason;
};

// What --minimize came to: observed (and kept by rules) against required.
struct MinimizeFacts {
  bool complete = false;     // nothing more can go; false when time ran out
  bool held = false;         // the minimised image was proven; otherwise it was not used
  unsigned runs = 0;         // containers run to find out
  bool resumed = false;      // went on from where an earlier search ended
  uint64_t files_before = 0, files_required = 0;
  uint64_t bytes_before = 0, bytes_required = 0;
  uint64_t calls_before = 0, calls_required = 0;
  std::vector<std::string> calls_removed;  // sorted
};

struct Report {
  ImageFacts source;
  ImageFacts slim;
  uint64_t files_kept = 0, files_removed = 0, kept_bytes = 0, removed_bytes = 0;
  uint64_t files_by_rules = 0, bytes_by_rules = 0;  // of those kept, neither used nor asked for
  unsigned syscalls_total = 0;
  unsigned syscalls_after_start = 0;     // what a profile from readiness on would allow
  unsigned syscalls_argument_rules = 0;  // permissions for certain argument values only
  std::vector<std::string> syscalls;  // names allowed, sorted
  std::vector<std::string> syscalls_for_runtime;  // of those, only for the runtime's start; sorted
  std::vector<PortFacts> ports;
  ConfinementFacts confinement;
  std::string trace_backend;
  bool trace_complete = false;
  uint64_t lost_events = 0;
  std::vector<std::string> trace_problems;
  std::vector<ProbeGain> probes;  // the saturation curve, if there were several probes
  bool verify_done = false;  // false with --no-verify
  bool verify_passed = false;
  std::vector<std::string> verify_runtimes;  // with which it passed: "runc 1.1.5"
  std::vector<Round> rounds;
  std::vector<std::string> verify_added;
  std::optional<MinimizeFacts> minimize;  // if it was asked for
  std::vector<std::pair<std::string, double>> timings;  // phase -> seconds, in order
  std::vector<std::string> warnings;
  std::string output_directory;
};

// schema_version 1. Beyond the contract: files.by_rules and .bytes_by_rules, syscalls.total,
// .argument_rules, .after_start, .only_for_runtime (names), confinement, probes, minimize (null if
// not asked for), trace.problems, warnings, and under verify `done`, `runtimes` and `details` (one object
// a round: passed, failure, missing, denied, log). verify.rounds is their number, verify.passed is
// null when it was not done. Phases of the same name are added up. Paths are escaped with
// escape_bytes, other text that is not UTF-8 gets replacement characters.
std::string to_json(const Report& report);
// The table printed at the end of a run; `colour` adds ANSI colours, `width` is the terminal's.
std::string table(const Report& report, bool colour, unsigned width);

}  // namespace slim::report
