// SPDX-License-Identifier: Apache-2.0
// Why a seccomp profile allows a system call.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "slim/policy/seccomp.hpp"

namespace slim::policy {

enum class CallOrigin {
  observed,  // in the trace; the detail says when
  assumed,   // in the trace because the tracer cannot see it
  kin,       // another way to do what was observed; by a command of a script: the detail
  fallback,  // what libraries call instead of an observed call on an older kernel: the detail
  hidden,    // made by the C library or the kernel behind the program's back
  imported,  // made by functions that a program imports: the detail says which programs
  runtime,   // made by an OCI runtime before the program starts; the detail says for what
};
struct CallReason {
  CallOrigin origin;
  std::string detail;  // may be empty
  friend bool operator==(const CallReason&, const CallReason&) = default;
};
// By call, sorted; a call without a reason of its own was allowed by the profile's maker: --base, or
// another architecture's name for a call.
using CallReasons = std::map<std::string, std::vector<CallReason>>;

// Why `profile`, which was made from the trace with these choices, allows what it allows.
CallReasons call_reasons(const SeccompProfile& profile, const trace::Trace& trace,
                         const SeccompChoices& choices);

// The calls that are allowed for nothing but the start of the container by its runtime, sorted.
std::vector<std::string> only_for_runtime(const CallReasons& reasons);

// For people: a line for each call of the profile, its reasons and how many rules on arguments it
// has.
std::string calls_table(const CallReasons& reasons, const SeccompProfile& profile);

}  // namespace slim::policy
