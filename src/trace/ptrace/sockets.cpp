// SPDX-License-Identifier: Apache-2.0
#include "trace/ptrace/sockets.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace/socket_names.hpp"

namespace slim::trace {
namespace {

std::optional<int> option(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(fd, level, name, &value, &size) != 0) return std::nullopt;
  return value;
}

}  // namespace

std::optional<RemoteSocket> RemoteSocket::of(const Fd& pidfd, int fd) {
  RemoteSocket socket{Fd(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd.get(), fd, 0)))};
  if (!socket.fd_) return std::nullopt;
  const auto family = option(socket.fd_.get(), SOL_SOCKET, SO_DOMAIN);
  const auto type = option(socket.fd_.get(), SOL_SOCKET, SO_TYPE);
  const auto protocol = option(socket.fd_.get(), SOL_SOCKET, SO_PROTOCOL);
  struct stat info {};
  if (!family || !type || !protocol || ::fstat(socket.fd_.get(), &info) != 0) return std::nullopt;
  socket.family_ = *family;
  socket.type_ = *type;
  socket.protocol_ = *protocol;
  socket.inode_ = info.st_ino;
  return socket;
}

std::optional<SocketUse> RemoteSocket::local(SocketAction action) const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return std::nullopt;
  SocketUse use;
  use.action = action;
  use.family = family_name(family_);
  use.protocol = protocol_name(family_, type_, protocol_);
  const auto length = std::min<size_t>(size, sizeof address);
  fill_address(use, {reinterpret_cast<const char*>(&address), length});
  if (family_ == AF_INET6)
    use.v6only = option(fd_.get(), IPPROTO_IPV6, IPV6_V6ONLY).value_or(0) != 0;
  return use;
}

std::optional<uint16_t> RemoteSocket::peer_port() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return std::nullopt;
  return ip_port({reinterpret_cast<const char*>(&address), std::min<size_t>(size, sizeof address)});
}

bool RemoteSocket::is_tcp() const {
  return (family_ == AF_INET || family_ == AF_INET6) && protocol_ == IPPROTO_TCP;
}

std::optional<SocketUse> RemoteSocket::remote(const std::string& sockaddr) const {
  SocketUse use;
  use.action = SocketAction::connect;
  use.protocol = protocol_name(family_, type_, protocol_);
  if (!fill_address(use, sockaddr)) return std::nullopt;
  return use;
}

}  // namespace slim::trace
