// SPDX-License-Identifier: Apache-2.0
// Which capabilities a traced run needed.
#pragma once

#include <vector>

#include "slim/policy/confinement.hpp"

namespace slim::policy {

// Those the kernel granted, if it told; else those that the system calls may have needed, of the
// ones that the run had. Sorted by name.
std::vector<CapabilityUse> needed_capabilities(const trace::Trace& trace,
                                               const ConfinementInput& input);

}  // namespace slim::policy
