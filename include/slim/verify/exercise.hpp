// SPDX-License-Identifier: Apache-2.0
// One run of an image with its probe: the same steps for the original under a tracer, for the slim
// image under its own policies, and for finding out why that failed.
#pragma once

#include <chrono>
#include <functional>
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
struct ProbeSpec {
  std::vector<std::string> command;              // of the host; empty: none
  std::vector<std::vector<std::string>> inside;  // --exec, each already split into words
  bool health_check = true;                      // run the image's HEALTHCHECK once, if it has one
  container::ReadySpec ready;
  std::chrono::seconds timeout{60};              // for readiness, and again for the probe
  int output_fd = 2;                             // where the probe's own output goes
};

struct ExerciseRequest {
  const image::ImageConfig* config = nullptr;
  const rootfs::Rootfs* rootfs = nullptr;
  rootfs::Store* store = nullptr;
  container::RunOptions options;
  std::string runtime = "auto";
  std::string seccomp;           // JSON of the profile to run under; empty: unconfined
  ProbeSpec probe;
  std::string keep_log_at;       // where the container's log is copied to; empty: nowhere
  // Told as the run comes to: create, ready, probe, stop.
  std::function<void(const std::string& what)> step = [](const std::string&) {};
  // Makes the tracer of this run; unset: untraced, readiness is asked of the kernel's sock_diag.
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
  bool stopped = false;                 // by the stop signal, rather than by itself
  std::vector<std::string> notes;       // what the user may want to know, e.g. no port answered HTTP
};

// An error's message followed by the container's last lines, if there are any.
std::string with_log(const std::string& message, const std::string& log_tail);

// Errors: `container`, `not_ready`, `interrupted`, `unsupported` and those of the tracer. Whatever
// happens, nothing is left running or mounted.
Result<Exercise> exercise(const ExerciseRequest& request, const Interrupt& interrupt);

}  // namespace slim::verify
