// SPDX-License-Identifier: Apache-2.0
// A ruleset for nft(8) in the container's network namespace.
#include <algorithm>
#include <sstream>

#include "policy/network_text.hpp"

namespace slim::policy {
namespace {

constexpr uint16_t kDnsPort = 53;

// Neighbour discovery is IPv6's ARP, which must pass; errors about a connection are "related".
constexpr std::string_view kBegin =
    "    ct state established,related accept\n";

std::string table_name(const std::string& application) {
  std::string name = "slim_" + label(application);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

void write_input(std::ostream& out, const NetworkAudit& audit) {
  out << "  chain input {\n"
         "    type filter hook input priority filter; policy drop;\n"
      << kBegin
      << "    iifname \"lo\" accept\n"
         "    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept\n";
  for (const auto& port : allowed_in(audit)) {
    const char* family = port.ipv4 && port.ipv6 ? ""
                         : port.ipv4            ? "meta nfproto ipv4 "
                                                : "meta nfproto ipv6 ";
    out << "    " << family << port.protocol << " dport " << port.number << " accept\n";
  }
  for (const auto& remark : unnamed_in(audit))
    out << "    # Not allowed, because no rule can name it: " << remark << "\n";
  out << "  }\n";
}

void write_output(std::ostream& out, const NetworkAudit& audit) {
  out << "  chain output {\n"
         "    type filter hook output priority filter; policy drop;\n"
      << kBegin
      << "    oifname \"lo\" accept\n"
         "    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, "
         "mld2-listener-report } accept\n";
  for (const auto& line : names_remark(audit)) out << "    # " << line << "\n";
  // Which name server it is depends on where the container runs.
  if (asks_names(audit))
    out << "    udp dport " << kDnsPort << " accept\n    tcp dport " << kDnsPort << " accept\n";
  for (const auto& to : allowed_out(audit))
    out << "    " << (to.ipv6 ? "ip6" : "ip") << " daddr " << to.address << " " << to.protocol
        << " dport " << to.port << " accept\n";
  out << "  }\n";
}

}  // namespace

std::string nftables_ruleset(const NetworkAudit& audit, const std::string& application) {
  const std::string table = table_name(application);
  std::ostringstream out;
  out << "# What was seen, and nothing else. Load it in the container's network namespace:\n"
         "#   nsenter -t PID -n nft -f FILE\n"
         "table inet "
      << table << "\n"
      << "delete table inet " << table << "\n"
      << "table inet " << table << " {\n";
  write_input(out, audit);
  write_output(out, audit);
  out << "}\n";
  return out.str();
}

}  // namespace slim::policy
