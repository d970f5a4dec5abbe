// SPDX-License-Identifier: Apache-2.0
// Several runs of one image side by side.
#pragma once

#include "slim/policy/network.hpp"

namespace slim::policy {

Sockets united(const std::vector<Sockets>& runs);

// Servers whose port differs between runs although their program behaved alike in all of them: the
// same number of ports with one protocol and address, not the same ports. A port that only some runs
// opened in addition proves nothing.
std::set<trace::SocketUse> changing_ports(const std::vector<Sockets>& runs);

}  // namespace slim::policy
