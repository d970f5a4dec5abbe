// SPDX-License-Identifier: Apache-2.0
// What the formats of containers have in common.
#pragma once

#include <string>
#include <vector>

#include "slim/policy/formats.hpp"

namespace slim::policy {

// "CAP_CHOWN" -> "CHOWN", as engines and Kubernetes write it.
std::string short_capability(const std::string& name);

// Whether a port below 1024 is served, which engines other than Docker (since 20.10) leave to root
// with CAP_NET_BIND_SERVICE unless the sysctl net.ipv4.ip_unprivileged_port_start says otherwise.
bool has_privileged_port(const Deployment& deployment);

std::vector<const WritablePath*> writable_of(const Confinement& confinement,
                                             WritablePath::Kind kind);

}  // namespace slim::policy
