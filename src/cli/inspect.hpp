// SPDX-License-Identifier: Apache-2.0
// diff, xray and lint. What they find goes to stdout.
#pragma once

#include "cli/context.hpp"
#include "cli/outcome.hpp"

namespace slim::cli {

Result<Outcome> diff_images(Context& context);

}  // namespace slim::cli
