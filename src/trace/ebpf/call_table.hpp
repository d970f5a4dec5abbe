// SPDX-License-Identifier: Apache-2.0
// The table of path calls as the BPF programs want it: by ABI and number.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "slim_events.h"

namespace slim::trace {

using BpfCallTable = slim_call[SLIM_ABIS][SLIM_MAX_CALLS];

void fill_call_table(BpfCallTable& table);

// SCMP_ARCH_* of an ABI of this machine; nothing when the machine has no such ABI.
std::optional<uint32_t> arch_of_abi(unsigned abi);

}  // namespace slim::trace
