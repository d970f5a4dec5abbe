// SPDX-License-Identifier: Apache-2.0
#include "slim/policy/network.hpp"

#include <algorithm>
#include <map>

#include "policy/network_findings.hpp"
#include "policy/network_runs.hpp"

namespace slim::policy {
namespace {

using trace::SocketAction;
using trace::SocketUse;

constexpr uint16_t kDnsPort = 53;

Sighting sighting(const SocketUse& use) { return {use.phases, use.users, use.since_ms}; }

void unite(Sighting& into, const Sighting& other) {
  into.phases |= other.phases;
  into.users.insert(other.users.begin(), other.users.end());
  if (!into.since_ms || (other.since_ms && *other.since_ms < *into.since_ms))
    into.since_ms = other.since_ms;
}

bool is_ip(const SocketUse& use) { return use.family == "inet" || use.family == "inet6"; }

// Connecting to "any address" reaches the own loopback.
bool reaches_loopback(const std::string& address) {
  return is_loopback(address) || address == "0.0.0.0" || address == "::" ||
         address == "::ffff:0.0.0.0";
}

bool serves(const ListeningPort& port, const SocketUse& use) {
  return port.use.port == use.port && port.use.protocol == exposed_protocol(use.protocol) &&
         !port.use.process.empty();
}

PortUse port_use(const SocketUse& use, bool ephemeral, const std::set<ExposedPort>& declared) {
  PortUse port;
  port.port = use.port;
  port.protocol = exposed_protocol(use.protocol);
  port.address = use.address;
  port.family = use.family;
  port.process = use.process;
  port.in_expose = declared.contains({port.port, port.protocol});
  // A port that EXPOSE names is no accident, whoever picked the number.
  port.state = is_loopback(use.address)             ? "loopback-only"
               : ephemeral && !port.in_expose       ? "ephemeral"
                                                    : "used";
  return port;
}

// Who asks over UDP may choose the port that answers come to, as resolvers do against forgery: a new
// one each time, given up soon. A server's stays.
bool is_passing(const SocketUse& use) {
  return use.protocol == "udp" && use.open_at_stop == false;
}

// The same port, address and process once, whichever way it was bound.
std::map<PortUse, ListeningPort> served_ports(const Sockets& sockets,
                                              const std::set<SocketUse>& changing,
                                              const std::set<ExposedPort>& declared) {
  std::map<PortUse, ListeningPort> found;
  for (const SocketUse& use : sockets) {
    if (!is_server(use)) continue;
    PortUse port =
        port_use(use, use.ephemeral || changing.contains(use) || is_passing(use), declared);
    auto [entry, is_new] = found.try_emplace(port);
    ListeningPort& listening = entry->second;
    listening.use = std::move(port);
    listening.v6only = is_new ? use.v6only : listening.v6only && use.v6only;
    unite(listening.seen, sighting(use));
    if (use.open_at_stop)
      listening.open_at_stop = listening.open_at_stop.value_or(false) || *use.open_at_stop;
  }
  return found;
}

void add_declared(std::map<PortUse, ListeningPort>& found, const std::set<ExposedPort>& declared) {
  for (const ExposedPort& port : declared) {
    // Served on loopback only: nothing outside reaches it, so its EXPOSE is as unused.
    const bool used = std::any_of(found.begin(), found.end(), [&](const auto& entry) {
      return entry.first.state == "used" && entry.first.port == port.number &&
             entry.first.protocol == port.protocol;
    });
    if (used) continue;
    PortUse unused;
    unused.port = port.number;
    unused.protocol = port.protocol;
    unused.state = "exposed-unused";
    unused.in_expose = true;
    ListeningPort entry;
    entry.use = unused;
    found.emplace(unused, std::move(entry));
  }
}

// An accepted connection's local end is the address it came to, so of two listeners of a port the
// one on that very address took it, and the one on all addresses the others.
bool may_have_accepted(const ListeningPort& port, const SocketUse& use) {
  if (use.action != SocketAction::accept || !serves(port, use)) return false;
  return port.on_all_addresses() || port.use.address == use.address;
}

void add_clients(ListeningPort& port, const Sockets& sockets) {
  for (const SocketUse& use : sockets) {
    if (!is_ip(use)) continue;
    if (may_have_accepted(port, use)) {
      port.accepted = true;
      port.served_by.insert(use.users.begin(), use.users.end());
    }
    if (use.action == SocketAction::connect && serves(port, use) && reaches_loopback(use.address))
      port.own_clients.insert(use.process);
  }
}

Connection::Kind kind_of(const SocketUse& use, const std::vector<ListeningPort>& listening) {
  const bool here = reaches_loopback(use.address);
  const bool served = std::any_of(listening.begin(), listening.end(),
                                  [&](const auto& port) { return serves(port, use); });
  if (here && served) return Connection::Kind::own;
  if (use.port == kDnsPort) return Connection::Kind::resolver;
  return here ? Connection::Kind::loopback : Connection::Kind::outside;
}

bool may_be_unsent(const SocketUse& use, const Sockets& sockets) {
  if (use.protocol != "udp") return false;
  constexpr uint16_t kMuslPort = 65535;  // what musl connects to; glibc takes the service's own
  if (use.port == kMuslPort) return true;
  // Its twin is the real thing: a connection, or the listener that the address was looked up for.
  return std::any_of(sockets.begin(), sockets.end(), [&](const SocketUse& other) {
    return (other.action == SocketAction::connect || other.action == SocketAction::listen) &&
           other.protocol == "tcp" && other.address == use.address && other.port == use.port &&
           other.process == use.process;
  });
}

std::vector<Connection> connections(const Sockets& sockets,
                                    const std::vector<ListeningPort>& listening) {
  std::vector<Connection> result;
  for (const SocketUse& use : sockets) {
    // Port 0 is no destination: only the route to the address was asked for.
    if (use.action != SocketAction::connect || !is_ip(use) || use.port == 0) continue;
    Connection connection;
    connection.kind = kind_of(use, listening);
    connection.protocol = use.protocol;
    connection.family = use.family;
    connection.address = use.address;
    connection.port = use.port;
    connection.process = use.process;
    connection.seen = sighting(use);
    connection.perhaps_unsent = may_be_unsent(use, sockets);
    result.push_back(std::move(connection));
  }
  return result;
}

bool has_asked(const trace::Names& names, const std::string& process) {
  return std::any_of(names.begin(), names.end(), [&](const auto& entry) {
    return entry.second.processes.contains(process);
  });
}

bool is_bound(const Sockets& sockets, const std::string& address) {
  return std::any_of(sockets.begin(), sockets.end(), [&](const SocketUse& use) {
    return use.family == "unix" && use.action != SocketAction::connect && use.address == address;
  });
}

std::vector<LocalSocket> local_sockets(const Sockets& sockets) {
  std::vector<LocalSocket> result;
  for (const SocketUse& use : sockets) {
    if (use.family != "unix" || use.address.empty() || use.action == SocketAction::accept) continue;
    if (use.action == SocketAction::bind) {  // told once: by its listen if there is one
      SocketUse listen = use;
      listen.action = SocketAction::listen;
      if (sockets.contains(listen)) continue;
    }
    LocalSocket local;
    local.action = use.action;
    local.type = use.protocol;
    local.abstract = use.address.front() == '@';
    local.address = use.address.substr(local.abstract ? 1 : 0);
    local.served_here = use.action == SocketAction::connect && is_bound(sockets, use.address);
    local.process = use.process;
    local.seen = sighting(use);
    result.push_back(std::move(local));
  }
  return result;
}

}  // namespace

std::string_view name(Connection::Kind kind) {
  switch (kind) {
    case Connection::Kind::outside: return "outside";
    case Connection::Kind::resolver: return "resolver";
    case Connection::Kind::own: return "own";
    case Connection::Kind::loopback: return "loopback";
  }
  return "outside";
}

std::vector<PortUse> NetworkAudit::ports() const {
  std::vector<PortUse> result;
  for (const auto& port : listening) result.push_back(port.use);
  return result;
}

NetworkAudit audit_network(const std::vector<Sockets>& runs,
                           const std::optional<std::vector<ExposedPort>>& exposed,
                           const trace::Names& names) {
  const Sockets sockets = united(runs);
  std::set<ExposedPort> declared;
  if (exposed) declared.insert(exposed->begin(), exposed->end());
  NetworkAudit audit;
  audit.exposed_known = exposed.has_value();
  auto found = served_ports(sockets, changing_ports(runs), declared);
  add_declared(found, declared);
  for (auto& [use, port] : found) {
    add_clients(port, sockets);
    audit.listening.push_back(std::move(port));
  }
  audit.users_known = std::all_of(
      audit.listening.begin(), audit.listening.end(), [](const ListeningPort& port) {
        return port.use.state == "exposed-unused" || !port.seen.users.empty();
      });
  audit.connections = connections(sockets, audit.listening);
  for (auto& connection : audit.connections)
    connection.names_seen = connection.kind == Connection::Kind::resolver &&
                            has_asked(names, connection.process);
  for (const auto& [asked, use] : names) audit.names.push_back({asked, use});
  audit.local = local_sockets(sockets);
  audit.findings = network_findings(audit);
  return audit;
}

}  // namespace slim::policy
