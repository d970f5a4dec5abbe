// SPDX-License-Identifier: Apache-2.0
// diff, xray and lint. What they find goes to stdout.
#pragma once

#include "cli/context.hpp"
#include "cli/outcome.hpp"
#include "cli/source.hpp"
#include "slim/inspect/subject.hpp"

namespace slim::cli {

Result<Outcome> diff_images(Context& context);
Result<Outcome> xray_image(Context& context);
Result<Outcome> lint_target(Context& context);

// `source` was read with Detail::layers, and stays.
inspect::Subject subject_of(const Source& source, const Interrupt& interrupt);

}  // namespace slim::cli
