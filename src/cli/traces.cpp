// SPDX-License-Identifier: Apache-2.0
#include "cli/traces.hpp"

#include <optional>

#include "slim/base/file.hpp"

namespace slim::cli {

Result<trace::Trace> merged_trace(const std::vector<std::string>& files, bool force) {
  std::optional<trace::Trace> united;
  for (const auto& file : files) {
    SLIM_TRY(const std::string json, read_file(file));
    SLIM_TRY(trace::Trace trace, trace::from_json(json, file));
    if (!united) {
      united = std::move(trace);
      continue;
    }
    if (trace.image_digest != united->image_digest && !force)
      return fail(ErrorCode::usage, file + " is of another image (" + trace.image_digest +
                                        ") than " + files[0] + " (" + united->image_digest +
                                        "); --force of slim merge unites them regardless");
    united->merge(trace);
  }
  return std::move(*united);
}

}  // namespace slim::cli
