// SPDX-License-Identifier: Apache-2.0
// Network namespaces: making one, doing something inside one, asking who listens there.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"

namespace slim::container {

// A new namespace with its loopback device up. It lives as long as the descriptor or a process in
// it, so nothing is left behind however this process ends.
Result<Fd> make_network_namespace();
Result<Fd> own_network_namespace();
// Gives a new namespace what an engine's bridge would: a device with an address that is not loopback,
// without which some servers do not start and getaddrinfo(3) may find no address. It leads nowhere:
// there is no route.
Result<void> add_address(const Fd& network_namespace);

// Runs `work` on a thread of its own that has joined the namespace, to its end. Threads and sockets
// that `work` makes belong to the namespace too.
Result<void> in_network_namespace(const Fd& network_namespace,
                                  const std::function<Result<void>()>& work);

// A sock_diag(7) netlink socket of the namespace, usable from any thread.
Result<Fd> open_sock_diag(const Fd& network_namespace);

struct Listener {
  uint16_t port = 0;
  bool tcp = true;
  friend auto operator<=>(const Listener&, const Listener&) = default;
};
// TCP sockets that listen and UDP sockets that are bound but not connected, IPv4 and IPv6; sorted,
// each once.
Result<std::vector<Listener>> listeners(const Fd& sock_diag);

// The AF_UNIX sockets that listen in the network namespace of a process, as unix(7) shows them: paths,
// and "@name" for abstract ones. Empty where it is this process's own namespace, whose sockets are
// everybody's, or if there is no such process any more.
std::vector<std::string> unix_listeners(pid_t pid);

// The first port that the kernel hands out by itself (net.ipv4.ip_local_port_range): a UDP socket
// bound at or above it is more likely a client's.
uint16_t first_ephemeral_port();

}  // namespace slim::container
