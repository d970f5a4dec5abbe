// SPDX-License-Identifier: Apache-2.0
// Running the original image under a tracer.
#pragma once

#include "cli/context.hpp"
#include "cli/source.hpp"
#include "slim/policy/seccomp.hpp"
#include "slim/verify/exercise.hpp"

namespace slim::cli {

// What a run is confined by and watched with; the same for the original and for a diagnosis.
struct Conditions {
  policy::SeccompProfile base;   // what the run may do at most
  std::string seccomp;           // `base` as the tracer needs it, JSON; empty: unconfined
  std::function<Result<std::unique_ptr<trace::Tracer>>(trace::TracerOptions)> make_tracer;
};

// Errors: `usage` for a bad profile, those of create_tracer.
Result<Conditions> make_conditions(Context& context);

// The base profile alone, for commands that trace nothing.
Result<policy::SeccompProfile> base_profile(const Options& options);

// As container::Request wants it: empty when the profile allows everything.
std::string profile_json(const policy::SeccompProfile& profile);

// accept_trace() with the warning given.
Result<void> accept_trace(Context& context, const trace::Trace& trace,
                          Coverage wanted = Coverage::whole);

// The request that all runs have in common.
verify::ExerciseRequest exercise_request(Context& context, const image::ImageConfig& config);

// Errors: `container`, `not_ready`, `probe` (with the container's last output), `trace_incomplete`
// unless the options allow it.
Result<trace::Trace> observe(Context& context, const Source& source, const Conditions& conditions,
                             const std::string& log_path);

}  // namespace slim::cli
