// SPDX-License-Identifier: Apache-2.0
// Starts a command whose parent is a small relay process and not slim itself.
//
// A tracer inside slim follows the runtime with ptrace(2). Were the runtime slim's own child, the
// kernel would report its end once to whichever thread of slim waits first, tracer or caller. With
// another process as its parent both get it: the tracer first, then the relay, which passes it on.
// The relay also ends the command when slim is killed, so that nothing goes on behind its back.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "slim/base/child.hpp"

namespace slim::container {

struct RelayOptions {
  int output_fd = -1;                               // stdout and stderr; stdin is /dev/null
  std::function<Result<void>(pid_t)> before_exec;   // as in SpawnOptions
  // A file that is locked (flock(2), shared) until relay and command are gone; empty: none. Who
  // locks it exclusively knows that no command of a slim that was killed is still at work.
  std::string lock_path;
};

class Relay {
 public:
  // line[0] is a path. The command runs in a process group of its own: Ctrl-C is slim's to handle.
  static Result<Relay> start(const std::vector<std::string>& line, const RelayOptions& options);
  Relay(Relay&& other) noexcept;
  Relay& operator=(Relay&&) = delete;
  ~Relay();  // kills the group if the command has not ended

  // The end of the command; nullopt at the deadline. An error when it could not be executed.
  Result<std::optional<ExitStatus>> wait(const Interrupt& interrupt, Deadline deadline);

 private:
  Relay(pid_t pid, Fd report, Fd life)
      : pid_(pid), report_(std::move(report)), life_(std::move(life)) {}
  pid_t pid_ = -1;  // of the relay, and of the group
  Fd report_;
  Fd life_;  // its end tells the relay that slim is gone
};

}  // namespace slim::container
