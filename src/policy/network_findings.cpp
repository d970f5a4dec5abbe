// SPDX-License-Identifier: Apache-2.0
#include "policy/network_findings.hpp"

#include <algorithm>

#include "policy/network_text.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::policy {
namespace {

// What a rule has to say of a port; empty: nothing.
using PortRule = std::string (*)(const NetworkAudit&, const ListeningPort&);

std::string undeclared(const NetworkAudit& audit, const ListeningPort& port) {
  if (!audit.exposed_known || port.use.state != "used" || port.use.in_expose) return {};
  return where(port) + " is served by " + who(port) + " but not declared by EXPOSE";
}

std::string unused(const NetworkAudit& audit, const ListeningPort& port) {
  if (port.use.state != "exposed-unused") return {};
  const bool on_loopback =
      std::any_of(audit.listening.begin(), audit.listening.end(), [&](const auto& other) {
        return other.use.state == "loopback-only" && other.use.port == port.use.port &&
               other.use.protocol == port.use.protocol;
      });
  return where(port) + " is declared by EXPOSE but " +
         (on_loopback ? "served on loopback only" : "nothing served it");
}

// That only loopback was used can be known of the container's own processes alone: the probe comes
// over loopback as well. So this needs an own client, or nobody at all.
std::string all_interfaces(const NetworkAudit&, const ListeningPort& port) {
  if (!port.serves_outside() || !port.on_all_addresses() || port.use.in_expose) return {};
  if (!port.own_clients.empty())
    return where(port) + " is bound to all addresses by " + who(port) +
           ", and the clients that are known are the container's own, over loopback: " +
           joined(port.own_clients) +
           " (the probe comes over loopback too and cannot be told apart)";
  if (port.use.protocol == "tcp" && !port.accepted)
    return where(port) + " is bound to all addresses by " + who(port) +
           ", but nobody connected to it while it was probed";
  return {};
}

std::string root(const NetworkAudit&, const ListeningPort& port) {
  if (!port.serves_outside()) return {};
  // A server that opens its port as root and serves it as somebody else does it right.
  const auto& users = port.served_by.empty() ? port.seen.users : port.served_by;
  if (!users.contains(0)) return {};
  return where(port) + (port.served_by.empty() ? " was opened by root (" : " is served by root (") +
         escape_bytes(port.use.process) + ")";
}

std::string ephemeral(const NetworkAudit&, const ListeningPort& port) {
  if (port.use.state != "ephemeral") return {};
  return where(port) + " of " + who(port) +
         " has a number that changes from run to run: no policy can name it";
}

std::string unprobed(const NetworkAudit&, const ListeningPort& port) {
  if (port.use.state != "used" || port.use.protocol != "tcp" || port.accepted) return {};
  return where(port) + " listens, but no connection to it was accepted: the probe did not use it";
}

std::string to_outside(const Connection& connection) {
  if (connection.kind != Connection::Kind::outside || connection.perhaps_unsent) return {};
  return escape_bytes(connection.process) + " connects to " + where(connection);
}

std::string to_resolver(const Connection& connection) {
  if (connection.kind != Connection::Kind::resolver) return {};
  return escape_bytes(connection.process) + " asks the name server " + where(connection);
}

constexpr struct {
  std::string_view id;
  PortRule judge;
} kPortRules[] = {{"undeclared", undeclared}, {"unused", unused},
                  {"all-interfaces", all_interfaces}, {"root", root},
                  {"ephemeral", ephemeral}, {"unprobed", unprobed}};

// An ephemeral port's number is not the same from run to run, its program is.
std::string subject(const ListeningPort& port) {
  if (port.use.state == "ephemeral")
    return port.use.protocol + " of " + escape_bytes(port.use.process);
  return std::to_string(port.use.port) + "/" + port.use.protocol;
}

void add(std::vector<Finding>& findings, const NetworkRule& rule, std::string subject,
         std::string message) {
  if (message.empty()) return;
  const bool known = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.rule == rule.id && finding.subject == subject;
  });
  if (!known)
    findings.push_back(
        {std::string(rule.id), rule.level, std::move(subject), std::move(message)});
}

}  // namespace

std::string_view name(Level level) { return level == Level::warning ? "warning" : "note"; }

const std::vector<NetworkRule>& network_rules() {
  static const std::vector<NetworkRule> rules = {
      {"undeclared", Level::warning, "A port is served that EXPOSE does not declare."},
      {"unused", Level::warning, "EXPOSE declares a port that nothing served."},
      {"all-interfaces", Level::warning,
       "A port is bound to all addresses although only loopback, or nobody, was seen to use it."},
      {"root", Level::warning, "A port is served by root."},
      {"ephemeral", Level::note, "A port has another number in every run."},
      {"unprobed", Level::note, "A port listens to which nobody connected during the run."},
      {"outbound", Level::note, "The container connects to something outside of it."},
      {"dns", Level::note, "The container asks a name server."},
  };
  return rules;
}

std::vector<Finding> network_findings(const NetworkAudit& audit) {
  std::vector<Finding> findings;
  for (const NetworkRule& rule : network_rules()) {
    for (const auto& [id, judge] : kPortRules)
      if (id == rule.id)
        for (const ListeningPort& port : audit.listening)
          add(findings, rule, subject(port), judge(audit, port));
    for (const Connection& connection : audit.connections) {
      const std::string target = connection.protocol + " " + where(connection);
      if (rule.id == "outbound") add(findings, rule, target, to_outside(connection));
      if (rule.id == "dns") add(findings, rule, target, to_resolver(connection));
    }
  }
  return findings;
}

Result<std::vector<std::string>> failed_rules(const NetworkAudit& audit,
                                              const std::vector<std::string>& wanted) {
  std::vector<std::string> failed;
  for (const auto& id : wanted) {
    const auto& rules = network_rules();
    const bool known =
        std::any_of(rules.begin(), rules.end(), [&](const auto& rule) { return rule.id == id; });
    if (!known) {
      std::string all;
      for (const auto& rule : rules) all += (all.empty() ? "" : ", ") + std::string(rule.id);
      return fail(ErrorCode::usage, "--fail-on " + id + ": known are " + all);
    }
    if (!audit.exposed_known && (id == "undeclared" || id == "unused"))
      return fail(ErrorCode::usage, "--fail-on " + id +
                                        ": the trace does not say what the image EXPOSEs; say it "
                                        "with --expose, or give the IMAGE");
    if (!audit.users_known && id == "root")
      return fail(ErrorCode::usage,
                  "--fail-on root: the trace does not say who opened the ports; it was made by an "
                  "older slim, record it again");
  }
  for (const NetworkRule& rule : network_rules()) {
    const bool asked = is_one_of(rule.id, wanted);
    const bool found =
        std::any_of(audit.findings.begin(), audit.findings.end(),
                    [&](const Finding& finding) { return finding.rule == rule.id; });
    if (asked && found) failed.emplace_back(rule.id);
  }
  return failed;
}

}  // namespace slim::policy
