// SPDX-License-Identifier: Apache-2.0
// What of an audit deserves somebody's attention.
#pragma once

#include "slim/policy/network.hpp"

namespace slim::policy {

// In network_rules() order, then as the audit is sorted; one a rule and subject.
std::vector<Finding> network_findings(const NetworkAudit& audit);

}  // namespace slim::policy
