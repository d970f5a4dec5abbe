// SPDX-License-Identifier: Apache-2.0
// One container while it runs, and what is done to it: shared by the files of exercise().
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "slim/verify/exercise.hpp"
#include "verify/listen_feed.hpp"

namespace slim::verify {

// Where the container runs: it keeps its files over a restart, as in `docker restart`.
struct Place {
  rootfs::Store::Run run;
  rootfs::MountedTree tree;
};

// Everything that lives while one container runs, in the order in which it is made; destruction in
// the opposite order takes it all down again.
struct Session {
  const ExerciseRequest& request;
  const Interrupt& interrupt;
  std::vector<ProbeStep> steps;       // of this container: no restart among them
  const trace::Trace& before;         // what earlier containers of the same exercise showed
  const Place& place;
  std::unique_ptr<TracedListenFeed> traced_feed;
  std::unique_ptr<trace::Tracer> tracer;
  std::optional<container::Container> container;
  std::unique_ptr<container::ListenFeed> polled_feed;
  std::optional<std::vector<container::OpenPort>> open_at_stop;
  Exercise result;

  container::ListenFeed& feed() { return traced_feed ? *traced_feed : *polled_feed; }
  Deadline deadline() const {
    return std::chrono::steady_clock::now() + request.probe.timeout;
  }
  // The first failure is the one that counts.
  void fail_probe(std::string why) {
    result.passed = false;
    if (result.failure.empty()) result.failure = std::move(why);
  }
};

// Does to a container that is ready (or has ended by itself) what the probe says. The verdict is in
// the session's result; errors are those of slim itself.
Result<void> probe(Session& session, const container::Ready& ready);

}  // namespace slim::verify
