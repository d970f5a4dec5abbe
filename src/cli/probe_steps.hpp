// SPDX-License-Identifier: Apache-2.0
// What is done to the container, from --probe-file, PROBE and --exec.
#pragma once

#include <string_view>
#include <vector>

#include "cli/options.hpp"
#include "slim/verify/exercise.hpp"

namespace slim::cli {

// The lines of a probe file, `name` in messages. A line is a command for the host's /bin/sh, or
//   exec: COMMAND   in the container, split into words without a shell
//   restart         stops the container and starts it again with the files it has
// Empty lines and those that begin with # are passed over. Errors: `usage`, with the line's number.
Result<std::vector<verify::ProbeStep>> parse_probe_file(std::string_view text,
                                                        const std::string& name);

// The steps of --probe-file, then PROBE, then every --exec. Errors: `usage` for a file that cannot be
// read or a PROBE that this host does not have, which would only show after minutes.
Result<std::vector<verify::ProbeStep>> probe_steps(const Options& options);

}  // namespace slim::cli
