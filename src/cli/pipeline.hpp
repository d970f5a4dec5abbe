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

// What `slim trace`, `slim ports IMAGE` and `slim observe` come to; trace.json, ports.json and
// network.json in the output directory.
struct Recorded {
  trace::Trace trace;
  policy::NetworkAudit audit;
};

// slim trace, slim ports IMAGE: up to the trace.
Result<Recorded> record(Context& context);

// slim observe: the same of a container that runs already. Its trace lacks the start.
Result<Recorded> observe_running(Context& context);

// slim build: from recorded traces on; proven unless --no-verify.
Result<report::Report> build(Context& context);

// slim verify: any image under any profile (--security-opt seccomp=) with a probe.
Result<verify::Exercise> verify_image(Context& context);

}  // namespace slim::cli
