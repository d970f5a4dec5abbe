// SPDX-License-Identifier: Apache-2.0
#include "container/orphans.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <optional>

#include "slim/base/fd.hpp"
#include "slim/container/container.hpp"

using namespace slim;
using namespace slim::container;

namespace {

// Ends at once, and leaves a process in a session of its own.
pid_t run_and_leave(const Pipe& told) {
  const pid_t command = ::fork();
  if (command == 0) {
    ::setpgid(0, 0);
    if (::fork() != 0) ::_exit(0);
    ::setsid();
    const pid_t self = ::getpid();
    if (::write(told.write.get(), &self, sizeof self) != sizeof self) ::_exit(1);
    for (;;) ::pause();
  }
  ::waitpid(command, nullptr, 0);
  pid_t left = 0;
  REQUIRE(::read(told.read.get(), &left, sizeof left) == sizeof left);
  return left;
}

}  // namespace

TEST_CASE("what a command leaves behind ends, and no child of this process's own") {
  REQUIRE(become_subreaper());
  const auto told = make_pipe();
  REQUIRE(told);
  std::optional<LeftBehind> left_behind(std::in_place);
  const pid_t own = ::fork();
  if (own == 0)
    for (;;) ::pause();
  const pid_t left = run_and_leave(*told);
  left_behind.reset();
  CHECK(::kill(left, 0) == -1);
  siginfo_t info{};
  CHECK(::waitid(P_PID, static_cast<id_t>(own), &info, WEXITED | WNOHANG | WNOWAIT) == 0);
  CHECK(info.si_pid == 0);  // runs, and is there to be waited for
  ::kill(own, SIGKILL);
  CHECK(::waitpid(own, nullptr, 0) == own);
}
