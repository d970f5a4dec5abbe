// SPDX-License-Identifier: Apache-2.0
// Which signals slim handles, in one place for who installs handlers and who must not pass them on.
#pragma once

#include <signal.h>

namespace slim {

// They ask slim to stop and clean up: see Interrupt.
inline constexpr int kInterruptSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// For a child between fork and exec: the parent's handlers are not its business. Safe there.
inline void reset_signal_handlers() {
  for (const int number : kInterruptSignals) ::signal(number, SIG_DFL);
  for (const int number : {SIGPIPE, SIGCHLD}) ::signal(number, SIG_DFL);
}

}  // namespace slim
