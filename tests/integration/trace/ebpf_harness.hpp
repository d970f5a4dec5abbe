// SPDX-License-Identifier: Apache-2.0
// Runs small tracees in a pid and mount namespace of their own under the eBPF tracer.
//
// A tracee is a function of the test program: it is executed again with SLIM_TRACEE set, and a
// constructor runs the function instead of main. So a tracee makes few calls besides its own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "slim/trace/tracer.hpp"

namespace ebpf_test {

using Tracee = int (*)();
struct NamedTracee {
  const char* name;
  Tracee run;
};
// Makes a function known; to be used at namespace scope.
struct Register {
  Register(const char* name, Tracee run);
};

struct RunOptions {
  std::vector<std::string> argv;  // instead of a tracee of this program
  slim::trace::TracerOptions tracer;
  std::string working_directory;
  // In the child before it executes anything: what a runtime would do.
  std::function<void()> before_exec;
  // In the parent, with TracerOptions::adopt: returns when the tracee is what it is to be found as.
  std::function<void()> until_ready;
  // In the parent, while the tracee runs.
  std::function<void(slim::trace::Tracer&, pid_t)> meanwhile;
  slim::Deadline deadline;
};

// Whether eBPF can be used here; if not, says so visibly.
bool usable();
slim::trace::Trace run(const char* tracee, RunOptions options = {});

// A directory that is gone after the test; tracees find it in the environment variable SLIM_DIR.
const std::string& directory();
std::string in_directory(const std::string& name);

bool has_file(const slim::trace::Trace& trace, const std::string& path, uint32_t access);
bool found(const slim::trace::Trace& trace, const std::string& path);
bool missing(const slim::trace::Trace& trace, const std::string& path);
bool called(const slim::trace::Trace& trace, const std::string& name,
            const std::string& arch = "");
// Of this action, family and protocol; nullptr if there is not exactly one.
const slim::trace::SocketUse* the_socket(const slim::trace::Trace& trace,
                                         slim::trace::SocketAction action,
                                         const std::string& family, const std::string& protocol);

}  // namespace ebpf_test

// SLIM_TRACEE(name) { ...; return 0; }
#define SLIM_TRACEE(name)                                        \
  static int tracee_##name();                                    \
  static const ebpf_test::Register register_##name(#name, tracee_##name); \
  static int tracee_##name()
