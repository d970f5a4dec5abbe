// SPDX-License-Identifier: Apache-2.0
#include "slim/base/process.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace slim;

TEST_CASE("A process without a handler is deaf to a signal while it lives") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0)
    for (;;) ::pause();
  CHECK_FALSE(*heeds_signal(child, SIGHUP));
  ::kill(child, SIGKILL);
  // Ended, and still there: its handlers are gone, if it had any.
  siginfo_t info;
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  CHECK(*heeds_signal(child, SIGHUP));
  ::waitpid(child, nullptr, 0);
}
