// SPDX-License-Identifier: Apache-2.0
// The main path of slim, one call a step.
#pragma once

#include "cli/context.hpp"
#include "slim/policy/network.hpp"
#include "slim/report/report.hpp"
#include "slim/verify/exercise.hpp"

namespace slim::cli {

// slim run: everything. The report tells whether the proof passed.
Result<report::Report> run(Context& context);

// slim trace: up to the trace, which is written to the output directory and returned.
Result<trace::Trace> record(Context& context);

// slim ports IMAGE: the same, audited; ports.json and network.json are written, too.
Result<policy::NetworkAudit> audit(Context& context);

// slim build: from recorded traces on; proven unless --no-verify.
Result<report::Report> build(Context& context);

// slim verify: any image under any profile (--security-opt seccomp=) with a probe.
Result<verify::Exercise> verify_image(Context& context);

}  // namespace slim::cli
