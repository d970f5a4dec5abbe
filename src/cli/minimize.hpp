// SPDX-License-Identifier: Apache-2.0
// --minimize: which files and system calls of a proven slim image its probe does not need.
#pragma once

#include "cli/context.hpp"
#include "cli/output.hpp"
#include "cli/product.hpp"
#include "cli/source.hpp"
#include "slim/report/report.hpp"

namespace slim::cli {

// The image to begin with: as it lies staged in the output directory, proven.
struct Proven {
  const Product& product;
  const trace::Trace& trace;
  const Amendments& amendments;
  const policy::Measures& held;
};

struct Minimized {
  Amendments amendments;        // those of the image, with what may go
  report::MinimizeFacts facts;  // all but `held` and what is required
};

// Goes on from minimize.json of the output directory if that is of the same image and probe, and keeps
// it up to date, so that a search that was interrupted or ran out of time loses nothing. A probe that
// cannot be relied on is a warning, and nothing goes. Errors: those of slim itself.
Result<Minimized> minimize(Context& context, const Source& source,
                           const policy::SeccompProfile& base, const Proven& proven,
                           const Output& output);

}  // namespace slim::cli
