// SPDX-License-Identifier: Apache-2.0
// Advisory locks that may be shared, and whose waiting can be interrupted.
#pragma once

#include <optional>
#include <string>

#include "slim/base/fd.hpp"
#include "slim/base/interrupt.hpp"

namespace slim::rootfs {

enum class LockKind { shared, exclusive };

// flock(2) on a file that is made if need be; held as long as the descriptor lives. `interrupted`
// when the interrupt comes before the lock.
Result<Fd> lock_file(const std::string& path, LockKind kind, const Interrupt& interrupt);
// nullopt when somebody else has it.
Result<std::optional<Fd>> try_lock_file(const std::string& path, LockKind kind);

}  // namespace slim::rootfs
