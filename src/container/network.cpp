// SPDX-License-Identifier: Apache-2.0
#include "container/network.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "slim/base/file.hpp"

namespace slim::container {

namespace {

constexpr const char* kOwnNamespace = "/proc/thread-self/ns/net";

// The first container's on Docker's bridge, by the same name.
constexpr const char* kDevice = "eth0";
constexpr const char* kPeer = "eth0-peer";
constexpr const char* kAddress = "172.17.0.2";

struct CloseNetlink {
  void operator()(mnl_socket* socket) const { ::mnl_socket_close(socket); }
};
using Netlink = std::unique_ptr<mnl_socket, CloseNetlink>;

ifreq request_for(const char* device) {
  ifreq request = {};
  ::strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  return request;
}

Result<void> raise(const char* device) {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("cannot open a socket in the new network namespace");
  ifreq request = request_for(device);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
    return fail_errno(std::string("cannot bring up the network device ") + device);
  return {};
}

// As a network of this address alone, so that nothing is waited for that is nowhere.
Result<void> set_address(const char* device, const char* address) {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("cannot open a socket in the new network namespace");
  for (const auto& [call, value] : {std::pair{SIOCSIFADDR, address},
                                    std::pair{SIOCSIFNETMASK, "255.255.255.255"}}) {
    ifreq request = request_for(device);
    sockaddr_in wanted = {};
    wanted.sin_family = AF_INET;
    ::inet_pton(AF_INET, value, &wanted.sin_addr);
    ::memcpy(&request.ifr_addr, &wanted, sizeof wanted);
    if (::ioctl(socket.get(), call, &request) != 0)
      return fail_errno(std::string("cannot give the network device ") + device + " an address");
  }
  return {};
}

// A pair of devices that lead to each other, by rtnetlink(7): false where the kernel has none.
Result<bool> add_pair(const char* device, const char* peer) {
  std::vector<char> buffer(MNL_SOCKET_BUFFER_SIZE);
  nlmsghdr* const message = ::mnl_nlmsg_put_header(buffer.data());
  message->nlmsg_type = RTM_NEWLINK;
  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
  ::mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg));
  ::mnl_attr_put_strz(message, IFLA_IFNAME, device);
  nlattr* const info = ::mnl_attr_nest_start(message, IFLA_LINKINFO);
  ::mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
  nlattr* const data = ::mnl_attr_nest_start(message, IFLA_INFO_DATA);
  nlattr* const other = ::mnl_attr_nest_start(message, VETH_INFO_PEER);
  ::mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg));
  ::mnl_attr_put_strz(message, IFLA_IFNAME, peer);
  for (nlattr* const nest : {other, data, info}) ::mnl_attr_nest_end(message, nest);

  const Netlink socket(::mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC));
  if (!socket || ::mnl_socket_sendto(socket.get(), message, message->nlmsg_len) < 0)
    return fail_errno("cannot ask for a network device");
  ssize_t count;
  while ((count = ::mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size())) < 0 &&
         errno == EINTR) {}
  if (count < 0) return fail_errno("cannot ask for a network device");
  if (::mnl_cb_run(buffer.data(), static_cast<size_t>(count), 0, 0, nullptr, nullptr) >= 0) return true;
  if (errno == EOPNOTSUPP) return false;
  return fail_errno("cannot make a network device");
}

// unshare(2) and setns(2) of a network namespace concern the calling thread alone, so a thread that
// ends right after leaves the process where it was.
Result<void> on_own_thread(const std::function<Result<void>()>& work) {
  std::optional<Result<void>> result;
  std::thread thread([&] { result.emplace(work()); });
  thread.join();
  return std::move(*result);
}

}  // namespace

Result<Fd> make_network_namespace() {
  Fd made;
  SLIM_CHECK(on_own_thread([&]() -> Result<void> {
    if (::unshare(CLONE_NEWNET) != 0)
      return fail_errno("cannot make a network namespace (CAP_SYS_ADMIN is needed)");
    SLIM_CHECK(raise("lo"));
    SLIM_TRY(made, open_file(kOwnNamespace, O_RDONLY));
    return {};
  }));
  return made;
}

Result<Fd> own_network_namespace() { return open_file(kOwnNamespace, O_RDONLY); }

Result<void> in_network_namespace(const Fd& network_namespace,
                                  const std::function<Result<void>()>& work) {
  return on_own_thread([&]() -> Result<void> {
    if (::setns(network_namespace.get(), CLONE_NEWNET) != 0)
      return fail_errno("cannot enter the container's network namespace");
    return work();
  });
}

Result<void> add_address(const Fd& network_namespace) {
  return in_network_namespace(network_namespace, []() -> Result<void> {
    // Bridges have no IPv6 unless asked for. Where this cannot be written there is one address more.
    std::ofstream("/proc/sys/net/ipv6/conf/default/disable_ipv6") << "1";
    SLIM_TRY(const bool made, add_pair(kDevice, kPeer));
    if (!made) return {};  // then there is loopback alone, which is enough for most
    SLIM_CHECK(set_address(kDevice, kAddress));
    SLIM_CHECK(raise(kPeer));
    return raise(kDevice);
  });
}

uint16_t first_ephemeral_port() {
  const auto range = read_file("/proc/sys/net/ipv4/ip_local_port_range");
  const int first = range ? std::atoi(range->c_str()) : 0;
  return first > 0 && first < 65536 ? static_cast<uint16_t>(first) : 32768;
}

}  // namespace slim::container
