// SPDX-License-Identifier: Apache-2.0
// Calls that a program makes on other input than the traced one, and that are no power of their own.
#pragma once

#include <set>
#include <string>

#include "slim/trace/trace.hpp"

namespace slim::policy {

// What goes with the calls in `seen`, which the application was seen to make in `trace`: calls that
// cannot fail, whatever it did, and other ways to do what it did. The runtime's calls do not belong
// into `seen`.
std::set<std::string> kin_of(const std::set<std::string>& seen, const trace::Trace& trace);

}  // namespace slim::policy
