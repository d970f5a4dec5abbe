// SPDX-License-Identifier: Apache-2.0
// docker run -p: Docker CLI reference, "Publish or expose port".
#include <sstream>

#include "policy/network_text.hpp"

namespace slim::policy {

std::string docker_advice(const NetworkAudit& audit) {
  std::ostringstream out;
  std::string flags;
  for (const auto& port : allowed_in(audit)) {
    const std::string number = std::to_string(port.number);
    flags += (flags.empty() ? "" : " ") + ("-p " + number + ":" + number);
    if (port.protocol != "tcp") flags += "/" + port.protocol;
  }
  for (const ListeningPort& port : audit.listening) {
    if (port.use.state == "exposed-unused")
      out << "# " << where(port) << ": declared by EXPOSE, but nothing outside can use it: do not "
                                    "publish it\n";
    else if (port.use.state == "loopback-only")
      out << "# " << where(port) << ": on loopback only, publishing it would reach nobody\n";
  }
  for (const auto& remark : unnamed_in(audit)) out << "# " << remark << ": cannot be published\n";
  const bool leaves = asks_names(audit) || !allowed_out(audit).empty();
  if (flags.empty() && !leaves) {
    out << "# Nothing is served to the outside and nothing outside is asked.\n--network none\n";
  } else if (flags.empty()) {
    out << "# Nothing is served to the outside: publish no port.\n";
  } else {
    out << "# -p 127.0.0.1:HOST:CONTAINER publishes for this host alone.\n" << flags << "\n";
  }
  return out.str();
}

}  // namespace slim::policy
