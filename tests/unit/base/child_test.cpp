// SPDX-License-Identifier: Apache-2.0
#include "slim/base/child.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace slim;

TEST_CASE("a crash is told from an end that was asked for", "[child]") {
  for (const int signal : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV})
    CHECK(ExitStatus{0, signal}.crashed());
  for (const int signal : {SIGINT, SIGKILL, SIGQUIT, SIGTERM})
    CHECK_FALSE(ExitStatus{0, signal}.crashed());
  CHECK_FALSE(ExitStatus{139, 0}.crashed());
}

TEST_CASE("a command's streams and status are captured") {
  const Interrupt never;
  const auto output = run_command({"sh", "-c", "echo out; echo err >&2; exit 3"}, never);
  REQUIRE(output);
  CHECK(output->out == "out\n");
  CHECK(output->err == "err\n");
  CHECK(output->status == ExitStatus{3, 0});
  CHECK(output->status.text() == "exit status 3");
}

TEST_CASE("a signal is told from an exit status") {
  const Interrupt never;
  const auto output = run_command({"sh", "-c", "kill -SEGV $$"}, never);
  REQUIRE(output);
  CHECK(output->status.signal == SIGSEGV);
  CHECK(output->status.text() == "killed by SIGSEGV");
}

TEST_CASE("a command that does not exist is an error, not a status") {
  const auto child = Child::spawn({"no-such-command-anywhere"}, {});
  REQUIRE_FALSE(child);
  CHECK(child.error().code() == ErrorCode::not_found);
  const auto directory = Child::spawn({"/etc/passwd"}, {});
  REQUIRE_FALSE(directory);
  CHECK(directory.error().code() == ErrorCode::permission);
}

TEST_CASE("a failing working directory is reported by spawn") {
  SpawnOptions options;
  options.working_directory = "/no/such/directory";
  const auto child = Child::spawn({"true"}, options);
  REQUIRE_FALSE(child);
  CHECK(child.error().code() == ErrorCode::not_found);
}

TEST_CASE("before_exec sees the child held, and its failure is spawn's") {
  SpawnOptions options;
  pid_t seen = 0;
  options.before_exec = [&](pid_t pid) -> Result<void> {
    seen = pid;
    return fail(ErrorCode::permission, "no");
  };
  const auto child = Child::spawn({"true"}, options);
  REQUIRE_FALSE(child);
  CHECK(child.error().message() == "no");
  CHECK(::kill(seen, 0) != 0);  // killed and reaped
}

TEST_CASE("output beyond the limit is counted, not kept") {
  const Interrupt never;
  const auto output = run_command({"sh", "-c", "head -c 5000 /dev/zero | tr '\\0' x"}, never, {}, 10);
  REQUIRE(output);
  CHECK(output->out == "xxxxxxxxxx\n... 4990 bytes more");
}

TEST_CASE("a handle that goes away takes its process group with it") {
  pid_t pid = 0;
  {
    SpawnOptions options;
    options.new_process_group = true;
    auto child = Child::spawn({"sleep", "1000"}, options);
    REQUIRE(child);
    pid = child->pid();
  }
  CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("the environment is replaced and added to") {
  const Interrupt never;
  SpawnOptions options;
  options.environment = std::vector<std::string>{"A=1", "B=2"};
  options.extra_environment = {"B=3"};
  const auto output = run_command({"/usr/bin/env"}, never, options);
  REQUIRE(output);
  CHECK(output->out == "A=1\nB=3\n");
}

TEST_CASE("a deadline ends the wait, not the child") {
  const Interrupt never;
  auto child = Child::spawn({"sleep", "1000"}, {});
  REQUIRE(child);
  const auto status = child->wait(never, std::chrono::steady_clock::now());
  REQUIRE(status);
  CHECK_FALSE(status->has_value());
  child->kill(SIGKILL);
  CHECK(child->wait(never)->value().signal == SIGKILL);
}
