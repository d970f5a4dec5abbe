// SPDX-License-Identifier: Apache-2.0
// What a container does on the network, judged against what its image declares: listening ports,
// connections, local sockets, and findings that can fail a build.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "slim/policy/ports.hpp"

namespace slim::policy {

using Sockets = std::set<trace::SocketUse>;

// What is known of a socket beyond its name.
struct Sighting {
  uint32_t phases = 0;            // trace::Phase bits: when it was first used
  std::set<uint32_t> users;       // effective uids; empty when the trace does not tell
  std::optional<uint64_t> since_ms;  // after the container's start
  friend bool operator==(const Sighting&, const Sighting&) = default;
};

struct ListeningPort {
  PortUse use;
  bool v6only = false;
  Sighting seen;                     // nothing for a port that is only declared
  std::optional<bool> open_at_stop;  // nothing: the container ended by itself, or nobody looked
  // Of TCP: whether a connection was accepted, and by whom. The probe's connections arrive over
  // loopback like the container's own, so who made them is not known ...
  bool accepted = false;
  std::set<uint32_t> served_by;
  // ... but the container's own are seen where they are made: executables that connected to the
  // port over loopback.
  std::set<std::string> own_clients;

  bool serves_outside() const { return use.state == "used" || use.state == "ephemeral"; }
  bool on_all_addresses() const { return use.address == "0.0.0.0" || use.address == "::"; }
};

// Something the container connected or sent to, whether it answered or not. Names are told apart
// from it: which address belongs to which name is in the answers, which nobody looks at.
struct Connection {
  enum class Kind {
    outside,    // beyond the container
    resolver,   // port 53, wherever that is
    own,        // a port that the container itself serves, over loopback
    loopback,   // its loopback, but nobody in the container serves the port
  };
  Kind kind = Kind::outside;
  std::string protocol, family, address;
  uint16_t port = 0;
  std::string process;
  Sighting seen;
  // A datagram socket that may only have been connected to learn its source address, as C libraries
  // do to sort the addresses of a name: RFC 6724. Nothing need have been sent.
  bool perhaps_unsent = false;
  // Of a resolver: whether a name was seen that the process asked for. If not, it asked in a way
  // that the tracer does not see, or nothing at all.
  bool names_seen = false;
};
std::string_view name(Connection::Kind kind);

// A name asked of a name server: see trace::Names.
struct AskedName {
  std::string name;
  trace::NameUse use;
};

// AF_UNIX: a name bound, listened on or connected to.
struct LocalSocket {
  trace::SocketAction action = trace::SocketAction::listen;
  std::string type;     // stream, dgram, seqpacket
  std::string address;  // a path as the program gave it, or the name after the NUL
  bool abstract = false;
  bool served_here = false;  // of a connect: by the container itself
  std::string process;
  Sighting seen;
};

enum class Level { note, warning };
std::string_view name(Level level);  // as SARIF 2.1.0 calls them

struct NetworkRule {
  std::string_view id;
  Level level;
  std::string_view text;  // what it means, one sentence
};
// All rules, in the order in which findings are told.
const std::vector<NetworkRule>& network_rules();

struct Finding {
  std::string rule;     // a NetworkRule's id
  Level level = Level::note;
  std::string subject;  // what it is about, the same from run to run: "80/tcp", "tcp 192.0.2.1:443"
  std::string message;
};

struct NetworkAudit {
  bool exposed_known = false;
  bool users_known = false;  // of every port that was served
  std::vector<ListeningPort> listening;  // with those only declared; sorted as PortUse is
  std::vector<Connection> connections;
  std::vector<AskedName> names;  // sorted
  std::vector<LocalSocket> local;
  std::vector<Finding> findings;
  std::vector<PortUse> ports() const;
};

// One set of sockets a run of the same image. With several, ports that a program picks anew each
// time are recognised as ephemeral, although it and not the kernel chose them. `exposed` unset: not
// known, so nothing is said about it. `names`: those of all runs.
NetworkAudit audit_network(const std::vector<Sockets>& runs,
                           const std::optional<std::vector<ExposedPort>>& exposed,
                           const trace::Names& names = {});

// The ids of the rules in `wanted` that have findings, in network_rules() order. Error `usage` for
// an unknown id and for one that this audit cannot judge, because its trace does not tell.
Result<std::vector<std::string>> failed_rules(const NetworkAudit& audit,
                                              const std::vector<std::string>& wanted);

// ports.json: the contract's array, with what else is known of each port.
std::string ports_json(const NetworkAudit& audit);
// network.json: {schema_version, listening, connections, names, unix, findings}.
std::string network_json(const NetworkAudit& audit);
// For people, in plain columns.
std::string network_table(const NetworkAudit& audit);
// A Kubernetes NetworkPolicy (networking.k8s.io/v1), YAML. `application` names it and is the value
// of the label `app` that it selects.
std::string kubernetes_policy(const NetworkAudit& audit, const std::string& application);
// A ruleset for nft -f in the container's network namespace; loading it again replaces it.
std::string nftables_ruleset(const NetworkAudit& audit, const std::string& application);
// The docker run flags that publish what is served, as a shell comment and one line of flags.
std::string docker_advice(const NetworkAudit& audit);

}  // namespace slim::policy
