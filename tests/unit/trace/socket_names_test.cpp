// SPDX-License-Identifier: Apache-2.0
#include "trace/socket_names.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstddef>
#include <cstring>

using namespace slim::trace;

namespace {

template <typename Address>
std::string bytes_of(const Address& address, size_t size = sizeof(Address)) {
  return {reinterpret_cast<const char*>(&address), size};
}

std::string unix_bytes(std::string_view name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  return bytes_of(address, offsetof(sockaddr_un, sun_path) + name.size());
}

}  // namespace

TEST_CASE("internet addresses are written in numbers") {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(8080);
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SocketUse use;
  REQUIRE(fill_address(use, bytes_of(in)));
  CHECK(use.family == "inet");
  CHECK(use.address == "127.0.0.1");
  CHECK(use.port == 8080);

  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(53);
  in6.sin6_addr = in6addr_loopback;
  REQUIRE(fill_address(use, bytes_of(in6)));
  CHECK(use.family == "inet6");
  CHECK(use.address == "::1");
  CHECK(use.port == 53);
  // Without the scope id, as in RFC 2133.
  CHECK(fill_address(use, bytes_of(in6, 24)));
}

TEST_CASE("short and unspecified addresses are refused") {
  SocketUse use;
  CHECK_FALSE(fill_address(use, ""));
  CHECK_FALSE(fill_address(use, std::string(1, '\x02')));
  sockaddr_in in{};
  CHECK_FALSE(fill_address(use, bytes_of(in)));  // AF_UNSPEC
  in.sin_family = AF_INET;
  CHECK_FALSE(fill_address(use, bytes_of(in, 7)));
  CHECK(fill_address(use, bytes_of(in, 8)));
}

TEST_CASE("AF_UNIX names are paths, abstract or none") {
  SocketUse use;
  REQUIRE(fill_address(use, unix_bytes("/run/x")));
  CHECK(use.address == "/run/x");
  CHECK(unix_path(unix_bytes("/run/x")) == "/run/x");
  CHECK(unix_path(unix_bytes(std::string_view("/run/x\0rest", 11))) == "/run/x");
  // A path may fill sun_path to its last byte.
  CHECK(unix_path(unix_bytes(std::string(108, 'a'))) == std::string(108, 'a'));
  REQUIRE(fill_address(use, unix_bytes(std::string_view("\0a\0b", 4))));
  CHECK(use.address == std::string("@a\0b", 4));
  CHECK_FALSE(unix_path(unix_bytes(std::string_view("\0ab", 3))));
  REQUIRE(fill_address(use, unix_bytes("")));
  CHECK(use.address.empty());
  CHECK_FALSE(unix_path(unix_bytes("")));
}

TEST_CASE("protocols are named by what the socket is") {
  CHECK(protocol_name(AF_INET, SOCK_STREAM, IPPROTO_TCP) == "tcp");
  CHECK(protocol_name(AF_INET6, SOCK_DGRAM, IPPROTO_UDP) == "udp");
  CHECK(protocol_name(AF_INET, SOCK_RAW, IPPROTO_ICMP) == "raw");
  CHECK(protocol_name(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) == "icmp");
  CHECK(protocol_name(AF_INET, SOCK_STREAM, 262) == "#262");
  CHECK(protocol_name(AF_UNIX, SOCK_SEQPACKET, 0) == "seqpacket");
  CHECK(family_name(AF_NETLINK) == "netlink");
  CHECK(family_name(99) == "#99");
}

TEST_CASE("an attempt to connect counts unless the address was not looked at") {
  for (const int error : {0, EINPROGRESS, ECONNREFUSED, ENETUNREACH, ETIMEDOUT, ENOENT, EINTR})
    CHECK(connect_counts(error));
  for (const int error : {EFAULT, EINVAL, EBADF, ENOTSOCK}) CHECK_FALSE(connect_counts(error));
}
