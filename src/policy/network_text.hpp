// SPDX-License-Identifier: Apache-2.0
// How the formats of a network audit write its parts.
#pragma once

#include "slim/policy/network.hpp"

namespace slim::policy {

// "10.0.0.1:80", "[::1]:80".
std::string endpoint(const std::string& address, uint16_t port);
std::string where(const ListeningPort& port);  // "80/tcp", with the address if it is only one
std::string where(const Connection& connection);
// "/usr/sbin/nginx (uid 0, serving as uid 33)".
std::string who(const ListeningPort& port);
std::string users_text(const std::set<uint32_t>& users);  // "0, 33"; "?" when not known
std::string joined(const std::set<std::string>& texts);  // escaped, with commas
// When it was first seen: "starting", "serving", "stopping".
std::vector<std::string> phase_names(uint32_t phases);

// A name that every format takes: a DNS label of RFC 1123, from whatever the application is called.
std::string label(const std::string& application);

// What policies allow.
struct AllowedPort {
  std::string protocol;
  uint16_t number = 0;
  bool ipv4 = true, ipv6 = true;  // who can reach it at all
  friend auto operator<=>(const AllowedPort&, const AllowedPort&) = default;
};
// The served ports, each once, without loopback and ephemeral ones.
std::vector<AllowedPort> allowed_in(const NetworkAudit& audit);
// The ephemeral ones, which no policy can name, for a remark.
std::vector<std::string> unnamed_in(const NetworkAudit& audit);

struct Destination {
  bool ipv6 = false;
  std::string address;  // numeric, not IPv4-mapped
  std::string protocol;
  uint16_t port = 0;
  friend auto operator<=>(const Destination&, const Destination&) = default;
};
std::vector<Destination> allowed_out(const NetworkAudit& audit);  // without name servers
bool asks_names(const NetworkAudit& audit);
// For a comment: the names that were asked for, a line each. None if none was seen.
std::vector<std::string> names_remark(const NetworkAudit& audit);

}  // namespace slim::policy
