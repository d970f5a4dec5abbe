// SPDX-License-Identifier: Apache-2.0
#include "slim/base/process.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <climits>

#include "slim/base/text.hpp"

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

TEST_CASE("The processes of a namespace are found, and how long they have worked, ended children too") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  using std::chrono::milliseconds;
  if (child == 0) {
    rusage used{};
    while (used.ru_utime.tv_sec == 0 && used.ru_utime.tv_usec < 100000) ::getrusage(RUSAGE_SELF, &used);
    for (;;) ::pause();
  }
  const auto members = *pid_namespace_of("self");
  CHECK(is_one_of(child, *processes_in(members)));
  CHECK(is_one_of(::getpid(), *processes_in(members)));
  CHECK(processes_in(1)->empty());
  while (*processor_time(child) < milliseconds(90)) {
  }
  const auto before = *processor_time(::getpid());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(*processor_time(::getpid()) - before >= milliseconds(80));
  CHECK_FALSE(is_one_of(child, *processes_in(members)));
  CHECK_FALSE(processor_time(child));
}
