// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "slim/trace/tracer.hpp"

namespace slim::trace {

// Loads the BPF programs; nothing is traced before attach(). Errors: `permission` when CAP_BPF and
// CAP_PERFMON (or CAP_SYS_ADMIN) are missing; `unsupported` when the kernel cannot do it: no BTF,
// or older than Linux 5.13.
Result<std::unique_ptr<Tracer>> create_ebpf_tracer(TracerOptions options);

}  // namespace slim::trace
