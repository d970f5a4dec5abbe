// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "policy/network_text.hpp"
#include "slim/base/path.hpp"

namespace slim::policy {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchemaVersion = 1;

// A member that nobody knows is left out rather than guessed.
void add_sighting(Json& json, const Sighting& seen) {
  if (!seen.users.empty()) json["users"] = seen.users;
  if (seen.phases != 0) json["first_used"] = phase_names(seen.phases);
  if (seen.since_ms) json["since_ms"] = *seen.since_ms;
}

Json escaped(const std::set<std::string>& strings) {
  Json list = Json::array();
  for (const auto& text : strings) list.push_back(escape_bytes(text));
  return list;
}

Json listening(const NetworkAudit& audit) {
  Json list = Json::array();
  for (const ListeningPort& port : audit.listening) {
    Json json = {{"port", port.use.port},
                 {"protocol", port.use.protocol},
                 {"address", port.use.address},
                 {"family", port.use.family},
                 {"process", escape_bytes(port.use.process)},
                 {"state", port.use.state},
                 {"in_expose", port.use.in_expose}};
    if (port.use.state != "exposed-unused") {
      add_sighting(json, port.seen);
      if (port.open_at_stop) json["open_at_stop"] = *port.open_at_stop;
      if (port.use.family == "inet6") json["ipv6_only"] = port.v6only;
      if (port.use.protocol == "tcp") json["accepted"] = port.accepted;
      if (!port.served_by.empty()) json["served_by_users"] = port.served_by;
      if (!port.own_clients.empty()) json["own_clients"] = escaped(port.own_clients);
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json connections(const NetworkAudit& audit) {
  Json list = Json::array();
  for (const Connection& connection : audit.connections) {
    Json json = {{"kind", name(connection.kind)},
                 {"protocol", connection.protocol},
                 {"family", connection.family},
                 {"address", connection.address},
                 {"port", connection.port},
                 {"process", escape_bytes(connection.process)}};
    add_sighting(json, connection.seen);
    if (connection.perhaps_unsent) json["perhaps_unsent"] = true;
    if (connection.kind == Connection::Kind::resolver) json["names_seen"] = connection.names_seen;
    list.push_back(std::move(json));
  }
  return list;
}

Json names(const NetworkAudit& audit) {
  Json list = Json::array();
  for (const AskedName& asked : audit.names)
    list.push_back({{"name", escape_bytes(asked.name)},
                    {"types", escaped(asked.use.types)},
                    {"processes", escaped(asked.use.processes)}});
  return list;
}

Json local(const NetworkAudit& audit) {
  Json list = Json::array();
  for (const LocalSocket& socket : audit.local) {
    Json json = {{"action", trace::name(socket.action)},
                 {"type", socket.type},
                 {socket.abstract ? "abstract" : "path", escape_bytes(socket.address)},
                 {"process", escape_bytes(socket.process)}};
    if (socket.action == trace::SocketAction::connect) json["served_here"] = socket.served_here;
    add_sighting(json, socket.seen);
    list.push_back(std::move(json));
  }
  return list;
}

Json findings(const NetworkAudit& audit) {
  Json list = Json::array();
  for (const Finding& finding : audit.findings)
    list.push_back({{"rule", finding.rule},
                    {"level", name(finding.level)},
                    {"subject", finding.subject},
                    {"message", finding.message}});
  return list;
}

std::string text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string ports_json(const NetworkAudit& audit) { return text(listening(audit)); }

std::string network_json(const NetworkAudit& audit) {
  return text({{"schema_version", kSchemaVersion},
               {"expose_known", audit.exposed_known},
               {"listening", listening(audit)},
               {"connections", connections(audit)},
               {"names", names(audit)},
               {"unix", local(audit)},
               {"findings", findings(audit)}});
}

}  // namespace slim::policy
