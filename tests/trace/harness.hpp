// SPDX-License-Identifier: Apache-2.0
// Runs a program as a container runtime would (own pid, mount and network namespaces, held until it
// is started), under a tracer, and gives the trace.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "slim/trace/tracer.hpp"

namespace slim::trace::test {

struct HarnessOptions {
  std::string working_directory = "/";
  // pivot_root(2) here before the start; empty: the test's own root.
  std::string root;
  // Calls that the filter refuses with EPERM, for the ptrace tracer only.
  std::vector<std::string> refused;
  std::function<void(const SocketUse&)> on_socket;
  // Called when the program has been started; a tracer to change phases with, and the first
  // process's number.
  std::function<void(Tracer&, pid_t)> while_running;
  std::chrono::seconds time_limit{30};
  bool quiet = false;  // standard output and error to /dev/null
};

struct HarnessResult {
  Trace trace;
  std::string note;
  double seconds = 0;  // from the start to the trace
};

Result<HarnessResult> run_traced(TracerChoice choice, const std::vector<std::string>& argv,
                                 const HarnessOptions& options = {});
// The same without a tracer: how long it takes.
Result<double> run_untraced(const std::vector<std::string>& argv, const HarnessOptions& options);

}  // namespace slim::trace::test
