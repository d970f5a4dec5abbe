// SPDX-License-Identifier: Apache-2.0
#include "container/network.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
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
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "slim/base/file.hpp"

namespace slim::container {

namespace {

constexpr const char* kOwnNamespace = "/proc/thread-self/ns/net";

// The first container's on Docker's bridge, by the same name.
constexpr const char* kDevice = "eth0";
constexpr const char* kPeer = "eth0-peer";
constexpr const char* kAddress = "172.17.0.2";

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

// A message of rtnetlink(7), whose attributes may lie within each other.
class Message {
 public:
  Message(uint16_t type, uint16_t flags) {
    nlmsghdr header = {};
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    append(&header, sizeof header);
  }

  void append(const void* data, size_t size) {
    bytes_.append(static_cast<const char*>(data), size);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }
  void attribute(uint16_t type, std::string_view value) {
    const size_t begin = open(type);
    append(value.data(), value.size());
    close(begin, value.size());
  }
  size_t open(uint16_t type) {
    const rtattr header = {0, type};
    const size_t begin = bytes_.size();
    append(&header, sizeof header);
    return begin;
  }
  void close(size_t begin) { close(begin, bytes_.size() - begin - sizeof(rtattr)); }
  const std::string& bytes() {
    const auto size = static_cast<uint32_t>(bytes_.size());
    ::memcpy(bytes_.data(), &size, sizeof size);  // nlmsg_len comes first
    return bytes_;
  }

 private:
  void close(size_t begin, size_t payload) {
    const auto size = static_cast<uint16_t>(sizeof(rtattr) + payload);
    ::memcpy(bytes_.data() + begin, &size, sizeof size);  // rta_len comes first
  }
  std::string bytes_;
};

// A pair of devices that lead to each other: false where the kernel has none.
Result<bool> add_pair(const char* device, const char* peer) {
  Message message(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
  const ifinfomsg link = {};
  message.append(&link, sizeof link);
  message.attribute(IFLA_IFNAME, device);
  const size_t info = message.open(IFLA_LINKINFO);
  message.attribute(IFLA_INFO_KIND, "veth");
  const size_t data = message.open(IFLA_INFO_DATA);
  const size_t other = message.open(VETH_INFO_PEER);
  message.append(&link, sizeof link);
  message.attribute(IFLA_IFNAME, peer);
  message.close(other);
  message.close(data);
  message.close(info);

  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  struct {
    nlmsghdr header;
    nlmsgerr error;
  } answer = {};
  const std::string& bytes = message.bytes();
  if (!socket || ::send(socket.get(), bytes.data(), bytes.size(), 0) < 0)
    return fail_errno("cannot ask for a network device");
  ssize_t count;
  while ((count = ::recv(socket.get(), &answer, sizeof answer, 0)) < 0 && errno == EINTR) {}
  if (count < 0) return fail_errno("cannot ask for a network device");
  if (answer.error.error == -EOPNOTSUPP) return false;
  if (answer.error.error != 0) return fail_errno("cannot make a network device", -answer.error.error);
  return true;
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
