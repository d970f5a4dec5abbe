// SPDX-License-Identifier: Apache-2.0
// Child processes by pidfd: started without a shell, waited for without polling, never leaked.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"
#include "slim/base/interrupt.hpp"

namespace slim {

// How a process ended: exactly one of the two is meaningful.
struct ExitStatus {
  int code = 0;    // 0..255, when signal is 0
  int signal = 0;  // the signal that killed it
  static ExitStatus of(const siginfo_t& info);  // as waitid(2) tells it
  bool ok() const { return code == 0 && signal == 0; }
  bool crashed() const;       // by its own fault, which nobody can ask for
  std::string text() const;   // "exit status 3", "killed by SIGSEGV"
  std::string ended() const;  // "ended with exit status 3", "was killed by SIGSEGV"
  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

struct SpawnOptions {
  std::optional<std::vector<std::string>> environment;  // "K=V"; unset: inherited
  std::vector<std::string> extra_environment;           // added to whichever applies
  std::string working_directory;                        // empty: inherited
  int stdin_fd = -1;                                    // -1: /dev/null
  int stdout_fd = -1;                                   // -1: inherited
  int stderr_fd = -1;                                   // -1: inherited
  std::vector<int> pass_fds;                            // kept open under the same number
  int network_namespace_fd = -1;                        // setns(2) before exec
  bool new_process_group = false;                       // so that kill() reaches its descendants
  bool die_with_parent = false;                         // PR_SET_PDEATHSIG SIGKILL
  // Called with the child's pid while the child is held before its exec. When it fails, the child
  // is killed and spawn fails with that error.
  std::function<Result<void>(pid_t)> before_exec;
};

class Child {
 public:
  // argv[0] is looked up in PATH. Failure to execute it is reported here, as not_found or
  // permission, not as an exit status.
  static Result<Child> spawn(const std::vector<std::string>& argv, const SpawnOptions& options);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();  // kills and reaps if it is still running

  pid_t pid() const { return pid_; }
  const Fd& pidfd() const { return pidfd_; }  // readable when the process has ended

  // Waits for the end; `interrupted` when the interrupt fires first, nullopt at the deadline.
  Result<std::optional<ExitStatus>> wait(
      const Interrupt& interrupt,
      std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt);
  void kill(int signal);  // to its process group if it has its own, else to the process

 private:
  Child(pid_t pid, Fd pidfd, bool group) : pid_(pid), pidfd_(std::move(pidfd)), group_(group) {}
  pid_t pid_ = -1;
  Fd pidfd_;
  bool group_ = false;
  std::optional<ExitStatus> status_;
};

struct Output {
  ExitStatus status;
  std::string out;
  std::string err;
};
// Runs a command to its end and captures both streams (each up to `limit` bytes, the rest is
// dropped and counted in the text "... N bytes more").
Result<Output> run_command(const std::vector<std::string>& argv, const Interrupt& interrupt,
                           SpawnOptions options = {}, size_t limit = 64u << 20);

// Whether `name` is an executable in PATH (or an executable path); its full path if so.
std::optional<std::string> find_program(const std::string& name);

}  // namespace slim
