// SPDX-License-Identifier: Apache-2.0
// The runtime bundle (runtime-spec 1.0.2, config.md) that Docker would make.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "container/cgroup.hpp"
#include "slim/container/user.hpp"
#include "slim/container/container.hpp"

namespace slim::container {

// What the spec is written from, once everything it names exists.
struct SpecInput {
  const Request* request = nullptr;
  std::vector<std::string> arguments, environment, capabilities;
  User user;
  std::string working_directory;  // clean
  std::string hostname;
  std::string network_namespace;  // path; empty: the host's
  std::string cgroup;             // name below the root of each hierarchy; empty: none
  CgroupLayout layout = CgroupLayout::none;
  nlohmann::json rlimits = nlohmann::json::array();
  nlohmann::json mounts = nlohmann::json::array();  // those that are not Docker's own
};

nlohmann::json process_json(const SpecInput& input);
// `usage` when linux.seccomp is not JSON.
Result<nlohmann::json> spec_json(const SpecInput& input);
// JSON cannot hold bytes that are not UTF-8; then a `usage` error.
Result<std::string> dump_json(const nlohmann::json& json, const std::string& what);

}  // namespace slim::container
