// SPDX-License-Identifier: Apache-2.0
// Control groups: which layout this machine has, and taking away what a dead run left.
#pragma once

#include <string>
#include <vector>

#include "slim/base/error.hpp"

namespace slim::container {

enum class CgroupLayout {
  unified,  // cgroup v2
  hybrid,   // v1 hierarchies and a v2 one that has controllers of its own
  legacy,   // v1, perhaps with a v2 hierarchy without controllers (systemd's "hybrid")
  none,     // not mounted
};
CgroupLayout cgroup_layout();

// Kills what is in the cgroup `name`, a child of the root of every mounted hierarchy, and removes
// it with its children. Something that is not there is removed already.
void remove_cgroups(const std::string& name);

}  // namespace slim::container
