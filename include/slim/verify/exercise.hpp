// SPDX-License-Identifier: Apache-2.0
// One run of an image with its probe: the same steps for the original under a tracer, for the slim
// image under its own policies, and for finding out why that failed.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "slim/container/container.hpp"
#include "slim/container/probe.hpp"
#include "slim/container/readiness.hpp"
#include "slim/rootfs/rootfs.hpp"
#include "slim/trace/tracer.hpp"

namespace slim::verify {

// What is done to the container once it is ready.
struct ProbeStep {
  enum class Kind {
    host,     // a command of the host, in the container's network namespace
    inside,   // a command in the container
    restart,  // the container is stopped and started again with the files and volumes it has
  };
  Kind kind = Kind::host;
  std::vector<std::string> argv;
  std::string text;  // as the user wrote it
};

// What the container answered without being asked by a step.
struct Answers {
  std::map<std::string, long> pages;  // of a crawl: URL -> HTTP status, 0 if the connection broke
  bool healthy = false;               // the image has a HEALTHCHECK and it succeeded after the probe
  bool lasts = false;                 // it still ran when the probe had passed
  std::optional<ExitStatus> end;      // of its first process, in the end
  bool heeds_stop = false;            // it ended after the stop signal, neither killed nor by a crash
  std::chrono::milliseconds took{};   // from the making of the container to its end; 0: not known
};

// For how long to wait for what took so long before: what works does so in about that time, and what
// hangs is not waited for much longer, `more` at the least.
std::chrono::milliseconds patience(std::chrono::milliseconds took, std::chrono::milliseconds more);

struct ProbeSpec {
  std::vector<ProbeStep> steps;  // none: what answers HTTP is crawled
  bool health_check = true;                      // run the image's HEALTHCHECK once, if it has one
  container::ReadySpec ready;
  std::chrono::milliseconds timeout{60000};      // for readiness, and again for the probe
  int output_fd = 2;                             // where the probe's own output goes
  // What the original answered. A page that it had and that fails now, a HEALTHCHECK that succeeded
  // and fails now, an end with another error where it ran on, a stop signal that it heeded and does
  // not heed now is a failure.
  Answers expected;
  // Whether a first probe that fails is tried again for a moment: listening is not yet serving.
  bool settle = true;
};

// What one step of the probe brought that none before it had, the start of the container not counted.
struct StepGain {
  std::string step;  // its command line
  uint64_t new_files = 0;
  uint64_t new_syscalls = 0;
  uint64_t files = 0;  // seen altogether, with what came before
  uint64_t syscalls = 0;
};

struct ExerciseRequest {
  const image::ImageConfig* config = nullptr;
  // The config whose EXPOSE says what to wait for, where that is not `config`: the slim image declares
  // all that was served, and the first port of these may not be the one that the original was ready with.
  const image::ImageConfig* declared = nullptr;
  const rootfs::Rootfs* rootfs = nullptr;
  rootfs::Store* store = nullptr;
  container::RunOptions options;
  std::string runtime = "auto";
  std::vector<std::string> without;  // paths of the tree to be taken out first, see MountedTree
  std::string seccomp;           // JSON of the profile to run under; empty: unconfined
  ProbeSpec probe;
  std::chrono::milliseconds stop_grace{10000};  // to end after the stop signal, as with `docker stop`
  std::string keep_log_at;       // where the container's log is copied to; empty: nowhere
  // Told as the run comes to: create, ready, probe, stop.
  std::function<void(const std::string& what)> step = [](const std::string&) {};
  // Told once, of a container that is not ready ten seconds after its start: what was seen of it.
  std::function<void(const std::string& seen)> waits;
  // Told after each step of a traced run.
  std::function<void(const StepGain&)> gained = [](const StepGain&) {};
  // Makes the tracer of each container; unset: untraced, readiness is asked of the kernel's sock_diag.
  std::function<Result<std::unique_ptr<trace::Tracer>>(trace::TracerOptions)> make_tracer;
};

struct Exercise {
  // How the probe went. The container could be created and started in either case; when it could
  // not, exercise() fails instead.
  bool passed = false;
  std::string failure;                  // one line; empty when passed
  std::optional<trace::Trace> trace;    // of a traced run
  std::string log_tail;                 // the container's last lines, for messages
  std::string runtime;                  // "runc 1.1.5"
  std::optional<ExitStatus> end;        // of the first process, where it is known
  bool stopped = false;                 // by the stop signal, rather than by itself
  std::vector<std::string> notes;       // what the user may want to know, e.g. no port answered HTTP
  Answers answers;
  std::vector<StepGain> gains;          // of a traced run, one a step that is not a restart
};

// An error's message followed by the container's last lines, if there are any.
std::string with_log(const std::string& message, const std::string& log_tail);

// Runs the image once, or as often as the steps say with `restart`: the traces are then united, and the
// first failure is the verdict.
// Errors: `container`, `not_ready`, `interrupted`, `unsupported` and those of the tracer. Whatever
// happens, nothing is left running or mounted.
Result<Exercise> exercise(const ExerciseRequest& request, const Interrupt& interrupt);

// The same for an image that may not work: that the container does not come up is a verdict here, not
// an error.
Result<Exercise> attempt(const ExerciseRequest& request, const Interrupt& interrupt);

}  // namespace slim::verify
