// SPDX-License-Identifier: Apache-2.0
// The steps of a build, as the builders write them into the history, read back as instructions.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace slim::inspect {

struct BuildStep {
  std::string instruction;  // "RUN", "COPY", ...; empty for what is no Dockerfile's step
  std::string text;         // what follows it
  std::vector<std::pair<std::string, std::string>> build_arguments;  // kept by docker build
};

// Knows the forms of docker build ("/bin/sh -c #(nop) CMD ...", "|1 NAME=VALUE /bin/sh -c ..."),
// BuildKit ("RUN /bin/sh -c ... # buildkit") and buildah.
BuildStep read_step(const std::string& created_by);

}  // namespace slim::inspect
