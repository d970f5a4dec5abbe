// SPDX-License-Identifier: Apache-2.0
#include "slim/container/container.hpp"

namespace slim::container {

// As the Docker engine merges them: an entrypoint on the command line also drops the image's Cmd,
// and "" leaves no entrypoint at all.
Result<std::vector<std::string>> command_line(const image::ImageConfig& config,
                                              const RunOptions& options) {
  std::vector<std::string> line;
  if (!options.entrypoint)
    line = config.entrypoint;
  else if (!options.entrypoint->empty())
    line = {*options.entrypoint};
  const bool image_cmd = options.command.empty() && !options.entrypoint;
  const auto& rest = image_cmd ? config.cmd : options.command;
  line.insert(line.end(), rest.begin(), rest.end());
  if (line.empty())
    return fail(ErrorCode::usage,
                "the image names no command to run (no Entrypoint, no Cmd): give one after IMAGE");
  if (line[0].empty()) return fail(ErrorCode::usage, "the command to run is an empty string");
  return line;
}

}  // namespace slim::container
