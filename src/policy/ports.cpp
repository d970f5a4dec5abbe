// SPDX-License-Identifier: Apache-2.0
#include "slim/policy/ports.hpp"

#include <charconv>
#include <set>

#include "slim/policy/network.hpp"

namespace slim::policy {

bool is_loopback(std::string_view address) {
  if (address.starts_with("::ffff:")) address.remove_prefix(7);
  return address.starts_with("127.") || address == "::1";
}

bool is_server(const trace::SocketUse& use) {
  if ((use.family != "inet" && use.family != "inet6") || use.port == 0) return false;
  if (use.protocol == "tcp" || use.protocol == "sctp")
    return use.action == trace::SocketAction::listen;
  if (use.protocol == "udp" || use.protocol == "udplite")
    return use.action == trace::SocketAction::bind;
  return false;
}

std::string exposed_protocol(const std::string& protocol) {
  return protocol == "udplite" ? "udp" : protocol;
}

std::optional<ExposedPort> parse_exposed(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  ExposedPort port;
  const char* end = text.data() + slash;
  const auto [stop, error] = std::from_chars(text.data(), end, port.number);
  if (error != std::errc() || stop != end || port.number == 0) return std::nullopt;
  port.protocol = text.substr(slash + 1);
  if (port.protocol != "tcp" && port.protocol != "udp" && port.protocol != "sctp")
    return std::nullopt;
  return port;
}

std::vector<PortUse> ports(const trace::Trace& trace, const std::vector<ExposedPort>& exposed) {
  return audit_network({trace.sockets}, exposed).ports();
}

std::vector<ExposedPort> served(const std::vector<PortUse>& ports) {
  std::set<ExposedPort> result;
  for (const PortUse& port : ports) {
    if (port.state == "used") result.insert({port.port, port.protocol});
  }
  return {result.begin(), result.end()};
}

}  // namespace slim::policy
