// SPDX-License-Identifier: Apache-2.0
// Who listens in a network namespace, by sock_diag(7).
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>

#include "container/network.hpp"

namespace slim::container {

namespace {

constexpr uint32_t kListening = 1u << TCP_LISTEN;
constexpr uint32_t kUnconnected = 1u << TCP_CLOSE;  // what UDP calls a socket without a peer

Result<void> request_dump(const Fd& diag, int family, int protocol) {
  struct {
    nlmsghdr header;
    inet_diag_req_v2 body;
  } message = {};
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message.body.sdiag_family = static_cast<uint8_t>(family);
  message.body.sdiag_protocol = static_cast<uint8_t>(protocol);
  message.body.idiag_states = protocol == IPPROTO_TCP ? kListening : kUnconnected;
  if (::send(diag.get(), &message, sizeof message, 0) < 0)
    return fail_errno("cannot ask the kernel for sockets (sock_diag)");
  return {};
}

// One datagram of the answer; true when it was the last.
Result<bool> read_answer(const Fd& diag, bool tcp, std::vector<Listener>& found) {
  alignas(nlmsghdr) char buffer[32 << 10];
  ssize_t count;
  while ((count = ::recv(diag.get(), buffer, sizeof buffer, 0)) < 0 && errno == EINTR) {}
  if (count < 0) return fail_errno("cannot read the kernel's list of sockets (sock_diag)");
  auto left = static_cast<unsigned>(count);
  for (auto* header = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(header, left);
       header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE) return true;
    if (header->nlmsg_type == NLMSG_ERROR) {
      const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(header));
      // A kernel without the module for a protocol or family has no sockets of it to list.
      if (error->error == 0 || error->error == -ENOENT) return true;
      return fail_errno("the kernel does not list sockets (sock_diag)", -error->error);
    }
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) continue;
    const auto* socket = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
    const uint16_t port = ntohs(socket->id.idiag_sport);
    if (port != 0) found.push_back({port, tcp});
  }
  return false;
}

}  // namespace

Result<Fd> open_sock_diag(const Fd& network_namespace) {
  Fd made;
  // A socket belongs to the namespace of the thread that made it, wherever it is used later.
  SLIM_CHECK(in_network_namespace(network_namespace, [&]() -> Result<void> {
    made.reset(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!made) return fail_errno("cannot open a sock_diag socket");
    return {};
  }));
  return made;
}

Result<std::vector<Listener>> listeners(const Fd& sock_diag) {
  std::vector<Listener> found;
  for (const int protocol : {IPPROTO_TCP, IPPROTO_UDP}) {
    for (const int family : {AF_INET, AF_INET6}) {
      SLIM_CHECK(request_dump(sock_diag, family, protocol));
      for (bool last = false; !last;) {
        SLIM_TRY(last, read_answer(sock_diag, protocol == IPPROTO_TCP, found));
      }
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace slim::container
