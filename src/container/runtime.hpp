// SPDX-License-Identifier: Apache-2.0
// The OCI runtime's command line: crun, runc, or one given by path.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "container/cgroup.hpp"
#include "container/relay.hpp"

namespace slim::container {

// How a runtime is to be driven on this machine.
struct Runtime {
  std::string name;     // "runc", "crun", or the file name of a path
  std::string program;  // full path
  std::vector<std::string> global_arguments;  // after the program, before the command
  // Keep the v2 hierarchy of a hybrid layout out of the runtime's sight.
  bool hide_unified = false;
};

// `wanted`: auto, crun, runc or a path. Errors: `unsupported`, naming what was looked for.
Result<Runtime> find_runtime(const std::string& wanted, CgroupLayout layout);

// Where a runtime keeps its state and logs for one container.
struct RuntimePlace {
  std::string id;
  std::string state_directory;  // --root
  std::string log_path;         // --log: where its errors are written
  std::string lock_path;        // see RelayOptions; may be empty
};

struct RuntimeCall {
  std::string command;                 // create, start, exec, delete
  std::vector<std::string> arguments;  // after the command
  int output_fd = -1;                  // stdout and stderr; -1: /dev/null
  std::function<Result<void>(pid_t)> before_exec;
};

std::vector<std::string> runtime_line(const Runtime& runtime, const RuntimePlace& place,
                                      const RuntimeCall& call);
Result<Relay> start_runtime(const Runtime& runtime, const RuntimePlace& place,
                            const RuntimeCall& call);
// To its end; anything but success is a `container` error with the runtime's own last message.
Result<void> run_runtime(const Runtime& runtime, const RuntimePlace& place,
                         const RuntimeCall& call, const Interrupt& interrupt);

// The last error in a runtime's log (JSON lines), "" if none.
std::string last_error(const std::string& log_path);
// "runc 1.1.5"; the bare name when it does not tell.
std::string runtime_version(const Runtime& runtime, const Interrupt& interrupt);

}  // namespace slim::container
