// SPDX-License-Identifier: Apache-2.0
#include "cli/traces.hpp"

#include "slim/base/file.hpp"

namespace slim::cli {

Result<std::vector<trace::Trace>> read_traces(const std::vector<std::string>& files, bool force) {
  std::vector<trace::Trace> traces;
  for (const auto& file : files) {
    SLIM_TRY(const std::string json, read_file(file));
    SLIM_TRY(trace::Trace trace, trace::from_json(json, file));
    if (!traces.empty() && trace.image_digest != traces.front().image_digest && !force)
      return fail(ErrorCode::usage, file + " is of another image (" + trace.image_digest +
                                        ") than " + files[0] + " (" + traces.front().image_digest +
                                        "); --force of slim merge unites them regardless");
    traces.push_back(std::move(trace));
  }
  return traces;
}

Result<trace::Trace> merged_trace(const std::vector<std::string>& files, bool force) {
  SLIM_TRY(auto traces, read_traces(files, force));
  trace::Trace united = std::move(traces.front());
  for (size_t i = 1; i < traces.size(); ++i) united.merge(traces[i]);
  return united;
}

}  // namespace slim::cli
