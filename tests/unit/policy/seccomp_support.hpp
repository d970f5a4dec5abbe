// SPDX-License-Identifier: Apache-2.0
// What profiles are made from in tests.
#pragma once

#include <initializer_list>

#include "slim/policy/seccomp.hpp"

namespace slim::policy::test {

inline trace::Trace trace_of(std::initializer_list<const char*> calls, const char* arch = "x86_64") {
  trace::Trace result;
  result.architecture = "x86_64";
  for (const char* call : calls) result.syscalls[{arch, call}] = {trace::kStarting, false};
  return result;
}

inline SeccompProfile docker() { return docker_default_for("x86_64", docker_default_capabilities()); }

}  // namespace slim::policy::test
