// SPDX-License-Identifier: Apache-2.0
// From a Request to a bundle on disk.
#pragma once

#include <string>
#include <vector>

#include "container/spec.hpp"

namespace slim::container {

struct Prepared {
  SpecInput spec;            // exec builds its process from the same values
  std::string bundle;        // directory with config.json
  Fd network_namespace;
  std::vector<std::string> notes;  // what could not be done exactly as asked
};

// Makes what the container needs in request.directory and, where Docker does, in the root file
// system (the working directory), and writes config.json.
Result<Prepared> prepare(const Request& request, CgroupLayout layout, const Interrupt& interrupt);

// The cgroup of a container, a child of the root of each hierarchy: with no directory shared
// between containers there is none that has to be removed by the last.
std::string cgroup_name(const std::string& id);

}  // namespace slim::container
