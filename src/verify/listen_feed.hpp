// SPDX-License-Identifier: Apache-2.0
// Who tells that the container listens: the tracer, as it happens.
#pragma once

#include <mutex>
#include <set>

#include "slim/container/readiness.hpp"
#include "slim/trace/trace.hpp"

namespace slim::verify {

class TracedListenFeed : public container::ListenFeed {
 public:
  static Result<std::unique_ptr<TracedListenFeed>> create();
  int fd() const override { return event_.get(); }
  std::vector<uint16_t> ports() override;
  // For TracerOptions::on_socket; any thread.
  void add(const trace::SocketUse& use);

 private:
  explicit TracedListenFeed(Fd event) : event_(std::move(event)) {}
  Fd event_;
  std::mutex mutex_;
  std::set<uint16_t> ports_;
};

}  // namespace slim::verify
