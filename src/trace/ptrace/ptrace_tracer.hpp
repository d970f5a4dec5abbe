// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "slim/trace/tracer.hpp"

namespace slim::trace {

// Needs no privilege beyond that of tracing its own children. Errors: `unsupported` when the kernel
// has no PTRACE_GET_SYSCALL_INFO (before 5.3) or ptrace is forbidden here altogether.
Result<std::unique_ptr<Tracer>> create_ptrace_tracer(TracerOptions options);

}  // namespace slim::trace
