// SPDX-License-Identifier: Apache-2.0
// The network exposure of a traced run against what the image declares.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slim/trace/trace.hpp"

namespace slim::policy {

struct ExposedPort {  // as EXPOSE declares it
  uint16_t number = 0;
  std::string protocol;
  friend auto operator<=>(const ExposedPort&, const ExposedPort&) = default;
};

// One line of ports.json (a contract, see README).
struct PortUse {
  uint16_t port = 0;
  std::string protocol;  // tcp, udp, sctp
  std::string address;   // as bound: "0.0.0.0", "::", "127.0.0.1"; "" when exposed-unused
  std::string family;    // inet, inet6; "" when exposed-unused
  std::string process;   // executable; "" when exposed-unused
  std::string state;     // used, exposed-unused, loopback-only, ephemeral
  bool in_expose = false;
  friend auto operator<=>(const PortUse&, const PortUse&) = default;
};

// TCP: what was listened on. UDP: what was bound explicitly. A :: socket without V6ONLY stands for
// both families (one entry, family inet6). Sorted, no duplicates.
std::vector<PortUse> ports(const trace::Trace& trace, const std::vector<ExposedPort>& exposed);

// "80/tcp" as a trace has it; nothing when it is none.
std::optional<ExposedPort> parse_exposed(std::string_view text);

// 127.0.0.0/8 and ::1, also written as an IPv4-mapped IPv6 address.
bool is_loopback(std::string_view address);
// What of a use of a socket serves: TCP and SCTP that listen, UDP bound on purpose (a bind that
// connect or sendto did by itself is a client's).
bool is_server(const trace::SocketUse& use);
// EXPOSE knows only tcp, udp and sctp.
std::string exposed_protocol(const std::string& protocol);

// The ports the slim image should EXPOSE: those with state "used", without duplicates.
std::vector<ExposedPort> served(const std::vector<PortUse>& ports);

}  // namespace slim::policy
