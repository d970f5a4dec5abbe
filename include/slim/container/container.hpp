// SPDX-License-Identifier: Apache-2.0
// Running a container of an image with an OCI runtime (runtime-spec 1.0.2), the way
// `docker run` would.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "slim/base/child.hpp"
#include "slim/base/fd.hpp"
#include "slim/base/interrupt.hpp"
#include "slim/image/model.hpp"

namespace slim::container {

enum class Network {
  isolated,  // --network private (default): own namespace, loopback, an address without a route
  none,      // own namespace, loopback up, no resolv.conf
  host,      // the host's namespace
};

// Options named after docker-run(1); the text forms are parsed and checked when the bundle is made.
struct RunOptions {
  std::vector<std::string> env;        // "K=V", or "K" taken from the host's environment
  std::vector<std::string> env_files;
  std::vector<std::string> volumes;    // HOST:CONTAINER[:OPTIONS]
  std::vector<std::string> mounts;     // type=bind,source=...,target=...[,readonly]
  std::vector<std::string> tmpfs;      // CONTAINER[:OPTIONS]
  std::string workdir, user, hostname, shm_size;
  std::optional<std::string> entrypoint;   // "" clears it
  std::vector<std::string> command;        // replaces Cmd
  Network network = Network::isolated;
  std::vector<std::string> cap_add, cap_drop, ulimits;
  bool read_only = false;
  bool no_new_privileges = false;
};

// Everything a container is made from. `rootfs` must be mounted and writable.
struct Request {
  std::string id;            // container name for the runtime
  std::string directory;     // scratch: bundle, volumes, log, netns
  std::string rootfs;
  const image::ImageConfig* config = nullptr;
  RunOptions options;
  std::string seccomp;       // linux.seccomp of the runtime spec as JSON; empty: unconfined
  std::string runtime = "auto";  // auto (crun, then runc), crun, runc, or a path
  // Called for every process that slim starts inside or for the container (runtime create, runtime
  // exec) while it is held before its exec: a tracer that follows processes attaches here.
  std::function<Result<void>(pid_t)> before_exec;
};

// Whether there is such a runtime: Request::runtime. Error: `unsupported`, naming what was looked for.
Result<void> require_runtime(const std::string& runtime);

// The command line a container of this config and options would run; an error if there is none.
Result<std::vector<std::string>> command_line(const image::ImageConfig& config,
                                              const RunOptions& options);
// The capabilities (CAP_*) it would have: Docker's default set, plus and minus the options.
Result<std::vector<std::string>> capabilities(const RunOptions& options);

class Container {
 public:
  // runtime create. Errors: `unsupported` (no runtime installed; names what was looked for),
  // `container` (the runtime refused: its own message is quoted), `usage` (a bad option).
  static Result<Container> create(const Request& request, const Interrupt& interrupt);
  Container(Container&&) noexcept;
  ~Container();  // kill, delete, remove the cgroups: whatever was left

  const std::string& id() const;
  pid_t init_pid() const;
  const Fd& init_pidfd() const;     // readable when the container's first process has ended
  const Fd& network_namespace() const;  // stays valid after the container has ended
  const std::string& log_path() const;  // stdout and stderr of the container, as written
  const std::string& runtime() const;   // name and version, "runc 1.1.5"
  std::vector<std::string> mount_points() const;  // container paths that are not the image's
  // What could not be done exactly as asked, for the user ("--ulimit ... is lowered").
  const std::vector<std::string>& notes() const;
  // The log is written by a thread: what the container has written so far is in the file after
  // flush_log() (wait() and exec() do it); log_news_fd() is readable when there is more since.
  void flush_log() const;
  int log_news_fd() const;

  Result<void> start();
  // Runs argv in the container as the image's user (runtime exec), to its end.
  // A command that is not there is status 127, one that may not be executed 126, as in a shell.
  Result<ExitStatus> exec(const std::vector<std::string>& argv, const Interrupt& interrupt);
  struct ExecOptions {
    Deadline deadline;        // then the command is killed and there is no status
    std::string output_path;  // appended to; empty: the container's log
  };
  Result<std::optional<ExitStatus>> exec(const std::vector<std::string>& argv,
                                         const ExecOptions& options, const Interrupt& interrupt);
  // To the first process: a signal name or number ("SIGTERM", "15").
  Result<void> signal(const std::string& signal);
  // Whether such a signal has an effect on the first process, as it is now.
  Result<bool> heeds(const std::string& signal) const;
  // Waits for the first process to end. nullopt at the deadline. The status is that of waitid(2)
  // when this process is its reaper (see become_subreaper) and no tracer took it first.
  struct Ended {
    std::optional<ExitStatus> status;
  };
  Result<std::optional<Ended>> wait(const Interrupt& interrupt, Deadline deadline);
  // kill -9 for every process of the container and runtime delete.
  Result<void> remove();

 private:
  struct State;
  explicit Container(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

// Orphans of the runtime (the container's first process) become children of this process, so that
// their exit status can be had. Once, at start.
Result<void> become_subreaper();

// The last `lines` lines of a container's log, for error messages.
std::string log_tail(const std::string& log_path, size_t lines);

// Deletes what a dead run left behind: container, processes, cgroups. Never fails loudly.
void clean_stale(const std::string& id, const std::string& directory);

}  // namespace slim::container
