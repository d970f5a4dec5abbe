// SPDX-License-Identifier: Apache-2.0
#include "verify/listen_feed.hpp"

#include <unistd.h>

namespace slim::verify {

Result<std::unique_ptr<TracedListenFeed>> TracedListenFeed::create() {
  SLIM_TRY(Fd event, make_eventfd());
  return std::unique_ptr<TracedListenFeed>(new TracedListenFeed(std::move(event)));
}

std::vector<uint16_t> TracedListenFeed::ports() {
  const std::lock_guard lock(mutex_);
  clear_eventfd(event_);
  return {ports_.begin(), ports_.end()};
}

void TracedListenFeed::add(const trace::SocketUse& use) {
  if (use.action == trace::SocketAction::listen && use.family == "unix") {
    signal_eventfd(event_);
    return;
  }
  // A server: TCP that listens, or UDP that was bound to a port of its own choice.
  const bool serves = (use.action == trace::SocketAction::listen && use.protocol == "tcp") ||
                      (use.action == trace::SocketAction::bind && use.protocol == "udp" &&
                       !use.ephemeral);
  if (!serves || use.port == 0) return;
  const std::lock_guard lock(mutex_);
  if (ports_.insert(use.port).second) signal_eventfd(event_);
}

}  // namespace slim::verify
