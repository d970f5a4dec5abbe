// SPDX-License-Identifier: Apache-2.0
// What a profile allows of a call beyond its name: the argument values that the trace saw, and those
// that C libraries and runtimes use of their own accord.
#pragma once

#include <sched.h>

#include <optional>
#include <string>
#include <vector>

#include "policy/profile_rules.hpp"
#include "slim/trace/trace.hpp"

namespace slim::policy {

// Of clone(2) only new namespaces matter; the rest is threads, signals and addresses. (CLONE_NEWTIME
// has a bit of the exit signal and cannot be asked for here.)
inline constexpr uint32_t kNewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                           CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                           CLONE_NEWNET;

// The permissions of call `name` in place of `granted`, which is what the base profile grants of it:
// one answer a combination of values, none of which `granted` refuses. Nothing when the values are
// not known (an assumed call, a trace that lacks them), are not looked at for this call, or cannot be
// told from the conditions in `granted`: the call then stays as it was granted.
std::optional<std::vector<Answer>> argument_answers(const std::string& name,
                                                    const trace::Trace& trace,
                                                    const std::vector<Answer>& granted);

// The same of a call that only the runtime makes: the values with which it is known to. Nothing when
// they are not known, or when `granted` has conditions of its own.
std::optional<std::vector<Answer>> runtime_answers(const std::string& name,
                                                   const std::vector<Answer>& granted);

}  // namespace slim::policy
