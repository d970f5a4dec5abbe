// SPDX-License-Identifier: Apache-2.0
#include "verify/lifetimes.hpp"

#include <algorithm>
#include <set>

namespace slim::verify {

void mark_lifetimes(trace::Trace& trace, const std::vector<container::OpenPort>& open) {
  std::set<trace::SocketUse> marked;
  for (trace::SocketUse use : trace.sockets) {
    const bool tcp = use.protocol == "tcp" && use.action == trace::SocketAction::listen;
    const bool udp = use.protocol == "udp" && use.action == trace::SocketAction::bind;
    if (tcp || udp)
      use.open_at_stop =
          std::binary_search(open.begin(), open.end(), container::OpenPort{use.port, tcp});
    marked.insert(std::move(use));
  }
  trace.sockets = std::move(marked);
}

}  // namespace slim::verify
