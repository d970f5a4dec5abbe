// SPDX-License-Identifier: Apache-2.0
// Recorded traces.
#pragma once

#include <string>
#include <vector>

#include "slim/trace/trace.hpp"

namespace slim::cli {

// Reads trace files of one image, or of several if `force`. Errors as below.
Result<std::vector<trace::Trace>> read_traces(const std::vector<std::string>& files, bool force);

// Reads trace files and unites them. Traces of different images are an `usage` error unless
// `force`.
Result<trace::Trace> merged_trace(const std::vector<std::string>& files, bool force);

}  // namespace slim::cli
