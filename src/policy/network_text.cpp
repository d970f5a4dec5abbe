// SPDX-License-Identifier: Apache-2.0
#include "policy/network_text.hpp"

#include <algorithm>
#include <map>

#include "slim/base/path.hpp"
#include "slim/policy/formats.hpp"

namespace slim::policy {
namespace {

constexpr std::string_view kMapped = "::ffff:";

bool is_mapped(std::string_view address) {
  return address.starts_with(kMapped) && address.find('.') != std::string_view::npos;
}

}  // namespace

std::string endpoint(const std::string& address, uint16_t port) {
  const bool ipv6 = address.find(':') != std::string::npos;
  return (ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

std::string where(const ListeningPort& port) {
  std::string text = std::to_string(port.use.port) + "/" + port.use.protocol;
  if (port.use.address.empty() || port.on_all_addresses()) return text;
  return text + " on " + port.use.address;
}

std::string where(const Connection& connection) {
  return endpoint(connection.address, connection.port);
}

std::string users_text(const std::set<uint32_t>& users) {
  std::string result;
  for (const uint32_t user : users) result += (result.empty() ? "" : ", ") + std::to_string(user);
  return result.empty() ? "?" : result;
}

std::string who(const ListeningPort& port) {
  std::string result = escape_bytes(port.use.process);
  if (port.seen.users.empty()) return result;
  result += " (uid " + users_text(port.seen.users);
  if (!port.served_by.empty() && port.served_by != port.seen.users)
    result += ", serving as uid " + users_text(port.served_by);
  return result + ")";
}

std::string joined(const std::set<std::string>& texts) {
  std::string result;
  for (const auto& text : texts) result += (result.empty() ? "" : ", ") + escape_bytes(text);
  return result;
}

std::vector<std::string> phase_names(uint32_t phases) {
  std::vector<std::string> names;
  if (phases & trace::kStarting) names.emplace_back("starting");
  if (phases & trace::kServing) names.emplace_back("serving");
  if (phases & trace::kStopping) names.emplace_back("stopping");
  return names;
}

std::string label(const std::string& application) {
  constexpr size_t kLongest = 50;  // of 63, so that a suffix fits
  return resource_name(application.substr(0, kLongest));
}

std::vector<AllowedPort> allowed_in(const NetworkAudit& audit) {
  std::map<ExposedPort, AllowedPort> found;
  for (const ListeningPort& port : audit.listening) {
    if (port.use.state != "used") continue;
    auto [entry, is_new] = found.try_emplace(
        {port.use.port, port.use.protocol},
        AllowedPort{port.use.protocol, port.use.port, false, false});
    // A socket of IPv6 on all addresses takes IPv4 as well unless it says no; on one address it is
    // that address's family.
    const bool ipv6 = port.use.family == "inet6";
    const bool both = port.use.address == "::" && !port.v6only;
    const bool mapped = is_mapped(port.use.address);
    entry->second.ipv4 |= !ipv6 || both || mapped;
    entry->second.ipv6 |= ipv6 && !mapped;
  }
  std::vector<AllowedPort> result;
  for (const auto& [port, allowed] : found) result.push_back(allowed);
  return result;
}

std::vector<std::string> unnamed_in(const NetworkAudit& audit) {
  std::set<std::string> found;
  for (const ListeningPort& port : audit.listening)
    if (port.use.state == "ephemeral")
      found.insert(escape_bytes(port.use.process) + " serves a " + port.use.protocol +
                   " port that changes from run to run");
  return {found.begin(), found.end()};
}

std::vector<Destination> allowed_out(const NetworkAudit& audit) {
  std::set<Destination> found;
  for (const Connection& connection : audit.connections) {
    if (connection.kind != Connection::Kind::outside) continue;
    const bool mapped = is_mapped(connection.address);
    Destination to;
    to.address = mapped ? connection.address.substr(kMapped.size()) : connection.address;
    to.ipv6 = to.address.find(':') != std::string::npos;
    to.protocol = exposed_protocol(connection.protocol);
    to.port = connection.port;
    if (to.protocol == "tcp" || to.protocol == "udp" || to.protocol == "sctp")
      found.insert(std::move(to));
  }
  return {found.begin(), found.end()};
}

bool asks_names(const NetworkAudit& audit) {
  return std::any_of(
      audit.connections.begin(), audit.connections.end(),
      [](const Connection& to) { return to.kind == Connection::Kind::resolver; });
}

std::vector<std::string> names_remark(const NetworkAudit& audit) {
  if (audit.names.empty()) return {};
  std::vector<std::string> lines{
      "Names asked for in that run; which of the addresses were theirs is not known:"};
  for (const AskedName& asked : audit.names)
    lines.push_back("  " + escape_bytes(asked.name) + " (" + joined(asked.use.types) + ")");
  return lines;
}

}  // namespace slim::policy
