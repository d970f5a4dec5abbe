// SPDX-License-Identifier: Apache-2.0
// What a tracee's sockets are, asked of the kernel through a duplicate of the descriptor
// (pidfd_getfd(2)), which works whatever network namespace the socket belongs to.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "slim/base/fd.hpp"
#include "slim/trace/trace.hpp"

namespace slim::trace {

class RemoteSocket {
 public:
  // Nothing when it is not a socket (any more).
  static std::optional<RemoteSocket> of(const Fd& pidfd, int fd);

  // The local end as the kernel has it now.
  std::optional<SocketUse> local(SocketAction action) const;
  // A remote end that the program named.
  std::optional<SocketUse> remote(const std::string& sockaddr) const;
  uint64_t inode() const { return inode_; }
  // Where an IPv4 or IPv6 socket is connected to.
  std::optional<uint16_t> peer_port() const;
  bool is_tcp() const;

 private:
  explicit RemoteSocket(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  int family_ = 0;
  int type_ = 0;
  int protocol_ = 0;
  uint64_t inode_ = 0;
};

// Which sockets were bound to a port that the program chose, by inode.
class ChosenPorts {
 public:
  void bound(uint64_t inode, bool port_was_chosen) { chosen_[inode] = port_was_chosen; }
  // Nothing for a socket that was never seen to be bound.
  std::optional<bool> chosen(uint64_t inode) const {
    const auto found = chosen_.find(inode);
    if (found == chosen_.end()) return std::nullopt;
    return found->second;
  }
  void forget(uint64_t inode) { chosen_.erase(inode); }

 private:
  std::unordered_map<uint64_t, bool> chosen_;
};

}  // namespace slim::trace
