// SPDX-License-Identifier: Apache-2.0
// Sockets of an imagined run.
#pragma once

#include "slim/policy/network.hpp"

namespace network_test {

using slim::policy::ExposedPort;
using slim::policy::NetworkAudit;
using slim::policy::Sockets;
using slim::trace::SocketAction;
using slim::trace::SocketUse;

constexpr const char* kServer = "/usr/sbin/server";

inline SocketUse use(SocketAction action, const char* protocol, const char* address, uint16_t port,
                     std::set<uint32_t> users = {0}, const char* process = kServer) {
  SocketUse socket;
  socket.action = action;
  const std::string text = address;
  const bool local = text.empty() || text.front() == '/' || text.front() == '@';
  socket.family = local ? "unix" : text.find(':') == std::string::npos ? "inet" : "inet6";
  socket.protocol = protocol;
  socket.address = address;
  socket.port = port;
  socket.process = process;
  socket.phases = slim::trace::kStarting;
  socket.users = std::move(users);
  return socket;
}

inline NetworkAudit audit(const Sockets& sockets, std::vector<ExposedPort> exposed = {}) {
  return slim::policy::audit_network({sockets}, exposed);
}

// "rule subject" of every finding.
inline std::set<std::string> findings(const NetworkAudit& audit) {
  std::set<std::string> result;
  for (const auto& finding : audit.findings) result.insert(finding.rule + " " + finding.subject);
  return result;
}

}  // namespace network_test
