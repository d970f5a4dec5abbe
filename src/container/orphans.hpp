// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

namespace slim::container {

// Reaps ended children of this process that were born in a pid namespace of their own and are
// traced by nobody, all but `spared`. A subreaper inherits them when a runtime is killed while its
// command runs, and the kernel lets the first process of a pid namespace end only when every other
// one in it has been reaped.
void reap_namespace_orphans(pid_t spared);

}  // namespace slim::container
