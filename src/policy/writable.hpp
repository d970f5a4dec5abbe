// SPDX-License-Identifier: Apache-2.0
// Which directories a read-only root file system has to leave writable.
#pragma once

#include <vector>

#include "slim/policy/confinement.hpp"

namespace slim::policy {

// The directories of the image in which something was made or written, and the volumes; sorted.
std::vector<WritablePath> writable_paths(const trace::Trace& trace, const ConfinementInput& input);

}  // namespace slim::policy
