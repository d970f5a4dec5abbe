// SPDX-License-Identifier: Apache-2.0
// Watching a container that somebody else runs, for a while and from outside: the sibling of
// exercise(), which runs one of its own.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "slim/base/interrupt.hpp"
#include "slim/container/existing.hpp"
#include "slim/trace/trace.hpp"

namespace slim::verify {

struct ObserveRequest {
  const container::Existing* container = nullptr;
  std::string id;                  // what a probe finds in SLIM_CONTAINER_ID
  std::vector<std::string> probe;  // a command of the host; its end is the observation's. May be empty
  int output_fd = 2;               // where the probe's own output goes
  std::optional<std::chrono::seconds> duration;  // until when; a probe has to be done by then
  std::function<void()> attached = [] {};        // from here on everything is seen
};

struct Observation {
  enum class End {
    told,      // the interrupt
    duration,  // the time is over
    probe,     // it has ended, or was killed when the time was over
    ended,     // the container has
  };
  End end = End::told;
  std::string failure;  // of the probe, one line; empty: none
  trace::Trace trace;   // covers_start is false
};

// The container goes on as it was, whatever happens here. An interrupt is a normal end once the tracer
// is attached. Errors: those of the eBPF tracer, for no other can do it, and of starting the probe.
Result<Observation> observe(const ObserveRequest& request, const Interrupt& interrupt);

}  // namespace slim::verify
