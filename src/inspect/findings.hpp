// SPDX-License-Identifier: Apache-2.0
// What the linters share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "slim/inspect/lint.hpp"

namespace slim::inspect {

class Findings {
 public:
  // `detail` is appended to what the rule says.
  void add(std::string_view rule, const std::string& detail, unsigned line, std::string path = {});
  std::vector<Finding> take() { return std::move(findings_); }

 private:
  std::vector<Finding> findings_;
};

// The rules for commands of a RUN at `line`; `ships` when its layer is in the resulting image.
struct RunContext {
  unsigned line = 0;
  bool ships = true;
  bool caches_mounted = false;     // some --mount=type=cache,tmpfs
  bool pip_cache_off = false;      // ENV PIP_NO_CACHE_DIR
  bool apt_configured = false;     // apt's own configuration is copied in: options may stand there
};
void lint_run(const std::vector<ShellCommand>& commands, const RunContext& context,
              Findings& findings);

}  // namespace slim::inspect
