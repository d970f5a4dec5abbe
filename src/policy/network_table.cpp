// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sstream>

#include "policy/network_text.hpp"
#include "slim/base/path.hpp"

namespace slim::policy {
namespace {

using Row = std::vector<std::string>;

// Columns as wide as their widest cell; the last one ends where it ends.
void write_rows(std::ostream& out, const std::vector<Row>& rows) {
  std::vector<size_t> widths(rows.front().size());
  for (const Row& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line += std::string(widths[i] - row[i].size() + 2, ' ');
    }
    out << line.substr(0, line.find_last_not_of(' ') + 1) << "\n";
  }
}

// "starting, 0.35 s", "serving": when it was first seen.
std::string when(const Sighting& seen) {
  std::string text;
  for (const auto& phase : phase_names(seen.phases)) text += (text.empty() ? "" : "+") + phase;
  if (seen.since_ms) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.2f s", static_cast<double>(*seen.since_ms) / 1000);
    text += (text.empty() ? "" : ", ") + std::string(seconds);
  }
  return text.empty() ? "-" : text;
}

std::string lifetime(const ListeningPort& port) {
  if (!port.open_at_stop) return "-";
  return *port.open_at_stop ? "until stopped" : "closed before";
}

std::string users(const ListeningPort& port) {
  std::string text = users_text(port.seen.users);
  if (!port.served_by.empty() && port.served_by != port.seen.users)
    text += " -> " + users_text(port.served_by);
  return text;
}

void write_listening(std::ostream& out, const NetworkAudit& audit) {
  if (audit.listening.empty()) {
    out << "Nothing listens.\n";
    return;
  }
  std::vector<Row> rows = {
      {"PORT", "ADDRESS", "STATE", "EXPOSE", "UID", "SINCE", "OPEN", "PROCESS"}};
  for (const ListeningPort& port : audit.listening) {
    const bool declared_only = port.use.state == "exposed-unused";
    const std::string expose = !audit.exposed_known ? "?" : port.use.in_expose ? "yes" : "no";
    rows.push_back({std::to_string(port.use.port) + "/" + port.use.protocol,
                    declared_only ? "-" : port.use.address, port.use.state, expose,
                    declared_only ? "-" : users(port), when(port.seen), lifetime(port),
                    declared_only ? "-" : escape_bytes(port.use.process)});
  }
  write_rows(out, rows);
}

std::string kind_text(const Connection& to) {
  std::string text(name(to.kind));
  if (to.perhaps_unsent) text += " (perhaps unsent)";
  if (to.kind == Connection::Kind::resolver && !to.names_seen) text += " (no names seen)";
  return text;
}

void write_connections(std::ostream& out, const NetworkAudit& audit) {
  if (audit.connections.empty()) return;
  std::vector<Row> rows = {{"CONNECTION", "KIND", "UID", "SINCE", "PROCESS"}};
  for (const Connection& to : audit.connections)
    rows.push_back({to.protocol + " " + where(to), kind_text(to),
                    users_text(to.seen.users), when(to.seen), escape_bytes(to.process)});
  out << "\n";
  write_rows(out, rows);
}

void write_names(std::ostream& out, const NetworkAudit& audit) {
  if (audit.names.empty()) return;
  std::vector<Row> rows = {{"NAME ASKED", "TYPES", "PROCESS"}};
  for (const AskedName& asked : audit.names)
    rows.push_back({escape_bytes(asked.name), joined(asked.use.types),
                    joined(asked.use.processes)});
  out << "\n";
  write_rows(out, rows);
}

void write_local(std::ostream& out, const NetworkAudit& audit) {
  if (audit.local.empty()) return;
  std::vector<Row> rows = {{"UNIX SOCKET", "USE", "UID", "SINCE", "PROCESS"}};
  for (const LocalSocket& socket : audit.local)
    rows.push_back({(socket.abstract ? "@" : "") + escape_bytes(socket.address),
                    std::string(trace::name(socket.action)) + (socket.served_here ? ", own" : ""),
                    users_text(socket.seen.users), when(socket.seen),
                    escape_bytes(socket.process)});
  out << "\n";
  write_rows(out, rows);
}

}  // namespace

std::string network_table(const NetworkAudit& audit) {
  std::ostringstream out;
  write_listening(out, audit);
  write_connections(out, audit);
  write_names(out, audit);
  write_local(out, audit);
  if (!audit.findings.empty()) {
    out << "\n";
    for (const Finding& finding : audit.findings)
      out << name(finding.level) << " [" << finding.rule << "] " << finding.message << "\n";
  }
  return out.str();
}

}  // namespace slim::policy
