// SPDX-License-Identifier: Apache-2.0
// The policies of a run in the forms of each ecosystem, as files and on stdout.
#pragma once

#include "cli/context.hpp"
#include "cli/output.hpp"
#include "cli/product.hpp"
#include "cli/source.hpp"

namespace slim::cli {

// confinement.json, and besides, with the measures that are claimed to hold: run.sh, compose.yaml,
// kubernetes.yaml, spo.yaml and apparmor.profile. `held` is what the proof found; unset when there
// was none.
Result<void> write_policies(const Options& options, const Source& source, const Product& product,
                            const trace::Trace& trace,
                            const std::optional<policy::Measures>& held, const Output& output);

// slim profile.
Result<std::string> print_profile(const Options& options);

}  // namespace slim::cli
