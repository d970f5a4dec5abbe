// SPDX-License-Identifier: Apache-2.0
#include "policy/network_runs.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace slim::policy {
namespace {

using trace::SocketUse;

// What is the same of a server from run to run, if not its port.
using Server = std::tuple<std::string, std::string, std::string>;  // process, protocol, address
using PortsOf = std::map<Server, std::set<uint16_t>>;

Server server(const SocketUse& use) { return {use.process, use.protocol, use.address}; }

PortsOf ports_of(const Sockets& sockets) {
  PortsOf result;
  for (const SocketUse& use : sockets)
    if (is_server(use)) result[server(use)].insert(use.port);
  return result;
}

}  // namespace

Sockets united(const std::vector<Sockets>& runs) {
  trace::Trace all;
  for (const Sockets& run : runs) {
    trace::Trace one;
    one.sockets = run;
    all.merge(one);
  }
  return std::move(all.sockets);
}

std::set<SocketUse> changing_ports(const std::vector<Sockets>& runs) {
  std::set<SocketUse> result;
  if (runs.size() < 2) return result;
  std::vector<PortsOf> by_run;
  for (const Sockets& run : runs) by_run.push_back(ports_of(run));
  for (const auto& [who, first] : by_run.front()) {
    const auto alike = [&, &who = who, &first = first](const PortsOf& run) {
      const auto found = run.find(who);
      return found != run.end() && found->second.size() == first.size();
    };
    if (!std::all_of(by_run.begin(), by_run.end(), alike)) continue;
    for (const Sockets& run : runs)
      for (const SocketUse& use : run) {
        if (!is_server(use) || server(use) != who) continue;
        const bool everywhere = std::all_of(by_run.begin(), by_run.end(), [&](const PortsOf& ports) {
          return ports.at(server(use)).contains(use.port);
        });
        if (!everywhere) result.insert(use);
      }
  }
  return result;
}

}  // namespace slim::policy
