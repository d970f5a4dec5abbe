// SPDX-License-Identifier: Apache-2.0
// Which calls a profile is to allow, before anything is said of what the base profile grants.
#pragma once

#include "slim/policy/call_reasons.hpp"

namespace slim::policy {

// Every call that a profile made from the trace with these choices wants, and why.
CallReasons wanted_calls(const trace::Trace& trace, const SeccompChoices& choices);

// Whether nothing but the runtime wants a call with these reasons.
bool is_only_runtimes(const std::vector<CallReason>& reasons);

}  // namespace slim::policy
