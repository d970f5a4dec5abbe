// SPDX-License-Identifier: Apache-2.0
#include "container/network.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <thread>

#include "slim/base/file.hpp"

namespace slim::container {

namespace {

constexpr const char* kOwnNamespace = "/proc/thread-self/ns/net";

Result<void> raise_loopback() {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("cannot open a socket in the new network namespace");
  ifreq request = {};
  ::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
    return fail_errno("cannot bring up the loopback device");
  return {};
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
    SLIM_CHECK(raise_loopback());
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

uint16_t first_ephemeral_port() {
  const auto range = read_file("/proc/sys/net/ipv4/ip_local_port_range");
  const int first = range ? std::atoi(range->c_str()) : 0;
  return first > 0 && first < 65536 ? static_cast<uint16_t>(first) : 32768;
}

}  // namespace slim::container
