// SPDX-License-Identifier: Apache-2.0
// The proof: the slim image, as written, run again under its own profile; and the diagnosis when it
// does not do what the original did.
#pragma once

#include <string>
#include <vector>

#include "slim/keepset/keepset.hpp"
#include "slim/policy/confinement.hpp"
#include "slim/policy/seccomp.hpp"
#include "slim/verify/exercise.hpp"

namespace slim::verify {

struct Proof {
  bool passed = false;
  std::string failure;
  std::string log_tail;
  // Those measures of the request's confinement, all at once, under which the image works.
  policy::Measures held;
  std::vector<std::string> runtimes;  // under which it was seen to work: "runc 1.1.5"
  std::string measures_failure;  // why not all of them hold; empty when they do
  // What the diagnosis found; empty when passed.
  std::vector<std::string> missing;  // paths looked for in vain that the original has
  std::vector<std::string> denied;   // system calls used that the profile does not allow
  std::optional<trace::Trace> diagnosis;
};

struct ProofRequest {
  std::string archive;                    // image.tar
  const rootfs::Index* original = nullptr;
  const policy::SeccompProfile* profile = nullptr;  // the slim image's own
  const policy::Confinement* confinement = nullptr;  // measures to try; unset: none
  std::string base_seccomp;               // what the original ran under, as its tracer wants it
  std::vector<std::string> further_runtimes;  // names or paths; it has to work under each of them, too
  ExerciseRequest run;                    // options, probe, runtime, store; image and seccomp are set here
  // Makes the tracer for the diagnosis.
  std::function<Result<std::unique_ptr<trace::Tracer>>(trace::TracerOptions)> make_tracer;
};

// Runs the image of `archive` untraced under `profile` with all measures that are possible. If that
// fails, runs it under `profile` alone, which is the verdict on the image, and looks for those of
// the measures that hold. Then runs it as it held under the further runtimes. If the image does not
// work, runs it once more under the original's profile with a tracer, to name what is missing. Errors
// are those of slim itself; a slim image that does not work is a Proof that did not pass.
Result<Proof> prove(const ProofRequest& request, const Interrupt& interrupt);

// The options of a container with the measures applied on top.
container::RunOptions with_measures(container::RunOptions options,
                                    const policy::Confinement& confinement,
                                    const policy::Measures& measures);

// Paths that the trace looked for in vain and that the original image has.
std::vector<std::string> missing_paths(const trace::Trace& trace, const rootfs::Index& original);

}  // namespace slim::verify
