// SPDX-License-Identifier: Apache-2.0
// A container that runs already: which one, and what it does.
#pragma once

#include "cli/context.hpp"
#include "cli/traces.hpp"
#include "slim/container/existing.hpp"
#include "slim/verify/observe.hpp"

namespace slim::cli {

struct Running {
  std::string name;  // of the output directory: the container's, or pid-N
  std::string id;
  std::string text;  // for messages
  container::Existing container;
  ImageIdentity image;  // not known by --pid
  std::string image_name;  // as the container was started from; empty by --pid
  std::optional<std::set<std::string>> exposed;  // as in trace::Trace
};

// The container of options.observe. Errors: `container`, `permission`, `unsupported`.
Result<Running> find_running(Context& context);

// Until the probe, the time or the container ends, or somebody says so. Errors: those of
// verify::observe.
Result<verify::Observation> watch(Context& context, const Running& running);

}  // namespace slim::cli
