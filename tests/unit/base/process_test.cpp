// SPDX-License-Identifier: Apache-2.0
#include "slim/base/process.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <climits>

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

TEST_CASE("A process is ending from when it has no program any more") {
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Memory that takes a while to be freed.
    (void)::mmap(nullptr, 256 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
                 0);
    (void)!::write(ready[1], "x", 1);
    for (;;) ::pause();
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK_FALSE(is_ending(child));
  ::kill(child, SIGKILL);
  const std::string exe = "/proc/" + std::to_string(child) + "/exe";
  char target[PATH_MAX];
  while (::readlink(exe.c_str(), target, sizeof target) > 0) {
  }
  CHECK(is_ending(child));
  ::waitpid(child, nullptr, 0);
  CHECK(is_ending(child));
  ::close(ready[0]);
  ::close(ready[1]);
}
