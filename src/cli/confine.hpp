// SPDX-License-Identifier: Apache-2.0
// The trace and the original image -> what the container is confined to.
#pragma once

#include "cli/context.hpp"
#include "cli/source.hpp"
#include "slim/container/user.hpp"
#include "slim/policy/confinement.hpp"

namespace slim::cli {

// Whom a container of the image runs as under these options. Error: `container`, no such user.
Result<container::User> user_of(const Options& options, const Source& source);

// `commands` as in policy::ConfinementInput.
Result<policy::Confinement> confine(const Options& options, const Source& source,
                                    const trace::Trace& trace,
                                    const std::set<std::string>& commands);

}  // namespace slim::cli
