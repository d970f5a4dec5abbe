// SPDX-License-Identifier: Apache-2.0
#include "slim/policy/ports.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "slim/base/path.hpp"

namespace slim::policy {
namespace {

// 127.0.0.0/8, ::1, and the former written as an IPv6 address.
bool is_loopback(std::string_view address) {
  if (address.starts_with("::ffff:")) address.remove_prefix(7);
  return address.starts_with("127.") || address == "::1";
}

bool is_ip(const trace::SocketUse& use) { return use.family == "inet" || use.family == "inet6"; }

// Connection-oriented protocols serve once they listen; datagrams once they are bound on purpose
// (a bind that connect or sendto did by itself is a client's).
bool is_server(const trace::SocketUse& use) {
  if (!is_ip(use) || use.port == 0) return false;
  if (use.protocol == "tcp" || use.protocol == "sctp") {
    return use.action == trace::SocketAction::listen;
  }
  if (use.protocol == "udp" || use.protocol == "udplite") {
    return use.action == trace::SocketAction::bind;
  }
  return false;
}

std::string state_of(const trace::SocketUse& use) {
  if (is_loopback(use.address)) return "loopback-only";
  return use.ephemeral ? "ephemeral" : "used";
}

// EXPOSE knows only tcp, udp and sctp.
std::string exposed_protocol(const std::string& protocol) {
  return protocol == "udplite" ? "udp" : protocol;
}

}  // namespace

std::vector<PortUse> ports(const trace::Trace& trace, const std::vector<ExposedPort>& exposed) {
  const std::set<ExposedPort> declared(exposed.begin(), exposed.end());
  std::set<ExposedPort> served_ports;
  std::set<PortUse> found;
  for (const trace::SocketUse& use : trace.sockets) {
    if (!is_server(use)) continue;
    PortUse port;
    port.port = use.port;
    port.protocol = exposed_protocol(use.protocol);
    port.address = use.address;
    port.family = use.family;
    port.process = use.process;
    port.state = state_of(use);
    port.in_expose = declared.contains({port.port, port.protocol});
    // A port that EXPOSE names is no accident, whoever picked the number.
    if (port.in_expose && port.state == "ephemeral") port.state = "used";
    if (port.state == "used") served_ports.insert({port.port, port.protocol});
    found.insert(std::move(port));
  }
  for (const ExposedPort& port : declared) {
    if (served_ports.contains(port)) continue;
    // Served on loopback only: nothing outside reaches it, so its EXPOSE is as unused.
    PortUse unused;
    unused.port = port.number;
    unused.protocol = port.protocol;
    unused.state = "exposed-unused";
    unused.in_expose = true;
    found.insert(std::move(unused));
  }
  return {found.begin(), found.end()};
}

std::string to_json(const std::vector<PortUse>& ports) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const PortUse& port : ports) {
    json.push_back({{"port", port.port},
                    {"protocol", port.protocol},
                    {"address", port.address},
                    {"family", port.family},
                    {"process", escape_bytes(port.process)},
                    {"state", port.state},
                    {"in_expose", port.in_expose}});
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::vector<ExposedPort> served(const std::vector<PortUse>& ports) {
  std::set<ExposedPort> result;
  for (const PortUse& port : ports) {
    if (port.state == "used") result.insert({port.port, port.protocol});
  }
  return {result.begin(), result.end()};
}

}  // namespace slim::policy
