// SPDX-License-Identifier: Apache-2.0
// slim ports: the network audit of an image or of recorded traces.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "slim/policy/network.hpp"

namespace slim::cli {

struct PortsOutcome {
  std::string text;                  // for stdout
  std::vector<std::string> failed;   // the rules of --fail-on that have findings
};

// Judges one or more runs of an image by what their traces say it EXPOSEs, and --expose.
Result<policy::NetworkAudit> audit_of(const std::vector<trace::Trace>& runs,
                                      const std::vector<std::string>& more_exposed);

// Reads options.files. Errors: `usage`, those of reading; `trace_incomplete` for a gate that would
// have to judge an incomplete trace.
Result<PortsOutcome> ports_of_traces(const Options& options);

// The audit in the format that was asked for; `usage` for a gate that cannot be judged.
Result<PortsOutcome> present_ports(const Options& options, const policy::NetworkAudit& audit);

}  // namespace slim::cli
