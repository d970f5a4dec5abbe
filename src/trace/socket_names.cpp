// SPDX-License-Identifier: Apache-2.0
#include "trace/socket_names.hpp"

#include <arpa/inet.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace slim::trace {
namespace {

std::string unknown(int number) { return "#" + std::to_string(number); }

// The name in an AF_UNIX address: unix(7). Abstract names begin with a NUL and may hold more.
std::string_view unix_name(std::string_view sockaddr) {
  auto name = sockaddr.substr(offsetof(sockaddr_un, sun_path));
  if (name.empty() || name.front() == '\0') return name;
  return name.substr(0, name.find('\0'));
}

template <typename T>
std::optional<T> read_as(std::string_view bytes, size_t least = sizeof(T)) {
  if (bytes.size() < least) return std::nullopt;
  T value{};
  std::memcpy(&value, bytes.data(), std::min(sizeof value, bytes.size()));
  return value;
}

std::string numeric(int family, const void* address) {
  char text[INET6_ADDRSTRLEN] = {};
  return ::inet_ntop(family, address, text, sizeof text) ? text : "";
}

}  // namespace

std::string family_name(int family) {
  switch (family) {
    case AF_INET:
      return "inet";
    case AF_INET6:
      return "inet6";
    case AF_UNIX:
      return "unix";
    case AF_NETLINK:
      return "netlink";
    case AF_PACKET:
      return "packet";
    case AF_VSOCK:
      return "vsock";
    default:
      return unknown(family);
  }
}

std::string protocol_name(int family, int type, int protocol) {
  if ((family == AF_INET || family == AF_INET6) && type != SOCK_RAW) {
    switch (protocol) {
      case IPPROTO_TCP:
        return "tcp";
      case IPPROTO_UDP:
        return "udp";
      case IPPROTO_UDPLITE:
        return "udplite";
      case IPPROTO_SCTP:
        return "sctp";
      case IPPROTO_ICMP:
      case IPPROTO_ICMPV6:
        return "icmp";
      default:
        return unknown(protocol);
    }
  }
  switch (type) {
    case SOCK_STREAM:
      return "stream";
    case SOCK_DGRAM:
      return "dgram";
    case SOCK_SEQPACKET:
      return "seqpacket";
    case SOCK_RAW:
      return "raw";
    default:
      return unknown(type);
  }
}

bool fill_address(SocketUse& use, std::string_view bytes) {
  const auto family = read_as<sa_family_t>(bytes);
  if (!family || *family == AF_UNSPEC) return false;
  use.family = family_name(*family);
  switch (*family) {
    case AF_INET: {
      const auto in = read_as<sockaddr_in>(bytes, offsetof(sockaddr_in, sin_zero));
      if (!in) return false;
      use.address = numeric(AF_INET, &in->sin_addr);
      use.port = ntohs(in->sin_port);
      return true;
    }
    case AF_INET6: {
      // RFC 2133 had no scope id; the kernel still takes that length.
      const auto in6 = read_as<sockaddr_in6>(bytes, offsetof(sockaddr_in6, sin6_scope_id));
      if (!in6) return false;
      use.address = numeric(AF_INET6, &in6->sin6_addr);
      use.port = ntohs(in6->sin6_port);
      return true;
    }
    case AF_UNIX: {
      const auto name = unix_name(bytes);
      use.address = !name.empty() && name.front() == '\0' ? "@" + std::string(name.substr(1))
                                                          : std::string(name);
      return true;
    }
    case AF_VSOCK: {
      const auto vm = read_as<sockaddr_vm>(bytes);
      if (!vm) return false;
      // Its port has 32 bits, so it is part of the address.
      use.address = std::to_string(vm->svm_cid) + ":" + std::to_string(vm->svm_port);
      return true;
    }
    default:
      return true;
  }
}

std::optional<std::string> unix_path(std::string_view bytes) {
  const auto family = read_as<sa_family_t>(bytes);
  if (!family || *family != AF_UNIX) return std::nullopt;
  const auto name = unix_name(bytes);
  if (name.empty() || name.front() == '\0') return std::nullopt;
  return std::string(name);
}

std::optional<uint16_t> ip_port(std::string_view bytes) {
  SocketUse use;
  if (!fill_address(use, bytes) || (use.family != "inet" && use.family != "inet6"))
    return std::nullopt;
  return use.port;
}

bool connect_counts(int error_number) {
  switch (error_number) {
    case EFAULT:
    case EINVAL:
    case EBADF:
    case ENOTSOCK:
      return false;
    default:
      return true;
  }
}

}  // namespace slim::trace
