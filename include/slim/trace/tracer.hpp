// SPDX-License-Identifier: Apache-2.0
// The engines that make a Trace.
//
// Order of calls: create, follow (zero or more, from SpawnOptions::before_exec), attach (once,
// after the runtime's create and before its start), enter_phase, snapshot, finish. A tracer runs its own
// thread; these functions may be called from one other thread.
//
// What is recorded begins with the first execve inside the container: what the runtime itself does
// in the container before it is not the application's.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "slim/base/interrupt.hpp"
#include "slim/trace/trace.hpp"

namespace slim::trace {

struct TracerOptions {
  // Called on the tracer's thread for every new listening or bound socket, as soon as it is seen.
  std::function<void(const SocketUse&)> on_socket;
  // Bytes of the ring buffer (eBPF); a power of two. 0: default. Small values are for tests of
  // loss.
  uint32_t ring_bytes = 0;
  // Behaves as on a kernel without optional helpers (eBPF): for tests.
  bool assume_old = false;
  bool verbose = false;
  // attach() comes to a container that runs already: its processes and what they have open are taken
  // over, finish() does not wait for its end, and it goes on untouched. eBPF only.
  bool adopt = false;
};

class Tracer {
 public:
  virtual ~Tracer() = default;  // detaches; the traced processes go on (ptrace: are killed)

  virtual Backend backend() const = 0;
  // A process held before it executes the runtime (create or exec). ptrace seizes it and follows
  // all its descendants; eBPF needs nothing.
  virtual Result<void> follow(pid_t held) = 0;
  // The container's first process, created but not yet started; with TracerOptions::adopt, running.
  virtual Result<void> attach(pid_t init) = 0;
  virtual void enter_phase(Phase phase) = 0;
  // What was seen so far, everything that ended before this call included. Losses and capabilities
  // are told by finish() alone.
  virtual Result<Trace> snapshot() = 0;
  // Waits until the last process of the container is gone (or the deadline, which makes the trace
  // incomplete), detaches and gives the trace.
  virtual Result<Trace> finish(const Interrupt& interrupt, Deadline deadline) = 0;
};

enum class TracerChoice { automatic, ebpf, ptrace };

struct CreatedTracer {
  std::unique_ptr<Tracer> tracer;
  std::string note;  // why automatic fell back to ptrace; empty otherwise
};
// `automatic` takes eBPF if it can be loaded here and ptrace otherwise, which would stop and restart a
// container that is to be adopted, so that eBPF it is then. Errors: `permission` or `unsupported`, with
// what is missing (capability, BTF, kernel version) and what to do.
Result<CreatedTracer> create_tracer(TracerChoice choice, TracerOptions options);

// The system calls that the ptrace tracer lets run unseen, by libseccomp's names. The profile of a
// run under ptrace must ALLOW these and answer every other permitted call with TRACE.
const std::vector<std::string>& ptrace_assumed_syscalls();

}  // namespace slim::trace
