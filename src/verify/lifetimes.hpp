// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "slim/container/readiness.hpp"
#include "slim/trace/trace.hpp"

namespace slim::verify {

// Tracers see ports come, not go; what was open at the end (sorted) tells which stayed.
void mark_lifetimes(trace::Trace& trace, const std::vector<container::OpenPort>& open);

}  // namespace slim::verify
