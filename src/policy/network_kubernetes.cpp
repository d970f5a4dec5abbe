// SPDX-License-Identifier: Apache-2.0
// NetworkPolicy of networking.k8s.io/v1: Kubernetes API reference, NetworkPolicySpec.
#include <map>
#include <sstream>

#include "policy/network_text.hpp"
#include "slim/base/text.hpp"

namespace slim::policy {
namespace {

void write_port(std::ostream& out, const std::string& protocol, uint16_t port) {
  out << "        - protocol: " << upper_case(protocol) << "\n          port: " << port << "\n";
}

void write_ingress(std::ostream& out, const NetworkAudit& audit) {
  const auto ports = allowed_in(audit);
  for (const auto& remark : unnamed_in(audit))
    out << "  # Not allowed, because no policy can name it: " << remark << "\n";
  if (ports.empty()) {
    out << "  ingress: []\n";
    return;
  }
  out << "  ingress:\n    - ports:\n";
  for (const auto& port : ports) write_port(out, port.protocol, port.number);
}

// The cluster's name server is a pod of it, or the node's cache on its well-known address.
void write_names(std::ostream& out) {
  out << "    - to:\n"
         "        - namespaceSelector: {}\n"
         "        - ipBlock:\n"
         "            cidr: 169.254.20.10/32  # NodeLocal DNSCache\n"
         "      ports:\n";
  write_port(out, "udp", 53);
  write_port(out, "tcp", 53);
}

void write_egress(std::ostream& out, const NetworkAudit& audit) {
  std::map<std::pair<bool, std::string>, std::vector<Destination>> by_address;
  for (const auto& to : allowed_out(audit)) by_address[{to.ipv6, to.address}].push_back(to);
  const bool names = asks_names(audit);
  if (by_address.empty() && !names) {
    out << "  egress: []\n";
    return;
  }
  out << "  egress:\n";
  for (const auto& line : names_remark(audit)) out << "  # " << line << "\n";
  if (names) write_names(out);
  for (const auto& [address, destinations] : by_address) {
    const auto& [ipv6, text] = address;
    out << "    - to:\n        - ipBlock:\n            cidr: \"" << text << (ipv6 ? "/128" : "/32")
        << "\"\n      ports:\n";
    for (const auto& to : destinations) write_port(out, to.protocol, to.port);
  }
}

}  // namespace

std::string kubernetes_policy(const NetworkAudit& audit, const std::string& application) {
  const std::string app = label(application);
  std::ostringstream out;
  out << "# What was seen, and nothing else. Addresses are those of the traced run: where they are\n"
         "# services of the cluster, put a podSelector in their place.\n"
         "apiVersion: networking.k8s.io/v1\n"
         "kind: NetworkPolicy\n"
         "metadata:\n"
         "  name: \""
      << app
      << "-observed\"\n"
         "spec:\n"
         "  podSelector:\n"
         "    matchLabels:\n"
         "      app.kubernetes.io/name: \""
      << app
      << "\"\n"
         "  policyTypes:\n"
         "    - Ingress\n"
         "    - Egress\n";
  write_ingress(out, audit);
  write_egress(out, audit);
  return out.str();
}

}  // namespace slim::policy
