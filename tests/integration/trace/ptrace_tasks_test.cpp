// SPDX-License-Identifier: Apache-2.0
// The ptrace tracer and what happens to processes: many of them, killed ones, stopped ones, threads
// that execute, deadlines, and the death of the tracer itself.
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <future>

#include "harness.hpp"
#include "slim/base/file.hpp"

using namespace slim;
using namespace slim::trace;
using namespace slim::trace::test;

namespace {

Trace traced(const std::vector<std::string>& argv, const HarnessOptions& options = {}) {
  auto result = run_traced(TracerChoice::ptrace, argv, options);
  if (!result) FAIL(result.error().text());
  return std::move(result->trace);
}

Trace shell(const std::string& script) { return traced({"/bin/sh", "-c", script}); }

Deadline in_seconds(int seconds) {
  return std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
}

Fd pidfd_of(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

bool has_ended(const Fd& pidfd) {
  const auto ended = wait_readable({pidfd.get()}, Interrupt(), in_seconds(30));
  return ended && *ended;
}

}  // namespace

TEST_CASE("many processes at once are all followed", "[ptrace]") {
  const Trace trace = shell(
      "for j in 1 2 3 4; do (i=0; while [ $i -lt 25 ]; do /bin/true; i=$((i+1)); done) & done; "
      "wait");
  CHECK(trace.incomplete == std::vector<std::string>{});
  CHECK(trace.init_exit_code == 0);
  CHECK(trace.processes == 1 + 4 + 4 * 25);
}

TEST_CASE("processes that are killed in the middle of things leave nothing hanging", "[ptrace]") {
  const Trace trace = shell(
      "i=0; while [ $i -lt 30 ]; do (while :; do : < /etc/passwd; /bin/true; done) & kill -9 $!; "
      "i=$((i+1)); done; wait; exit 7");
  CHECK(trace.incomplete == std::vector<std::string>{});
  CHECK(trace.init_exit_code == 7);
  CHECK(trace.processes >= 31);
}

TEST_CASE("what is left when the first process ends is killed and counted", "[ptrace]") {
  const Trace trace = shell("(sleep 1000 & sleep 1000 & wait) & /bin/true; exit 5");
  CHECK(trace.init_exit_code == 5);
  CHECK(trace.incomplete == std::vector<std::string>{});
}

TEST_CASE("a thread that executes after the first one has ended is still the process", "[ptrace]") {
  const auto directory = TempDir::create("/tmp", "slim-thread");
  REQUIRE(directory);
  REQUIRE(::symlink(TRACEE_PATH, (directory->path() + "/tracee").c_str()) == 0);
  HarnessOptions options;
  options.working_directory = directory->path();
  const Trace trace = traced({TRACEE_PATH, "orphaned_thread_exec"}, options);
  CHECK(trace.incomplete == std::vector<std::string>{});
  CHECK(trace.lookups.count(directory->path() + "/./tracee") == 1);
  CHECK(trace.init_exit_code == 0);
}

TEST_CASE("phases are told apart, and a server is told as soon as it listens", "[ptrace]") {
  std::promise<SocketUse> listening;
  HarnessOptions options;
  options.on_socket = [&](const SocketUse& use) {
    if (use.action == SocketAction::listen) listening.set_value(use);
  };
  options.while_running = [&](Tracer& tracer, pid_t init) {
    const SocketUse use = listening.get_future().get();
    CHECK(use.port == 7001);
    CHECK(use.process == TRACEE_PATH);
    tracer.enter_phase(kStopping);
    ::kill(init, SIGKILL);
  };
  const Trace trace = traced({TRACEE_PATH, "serve"}, options);
  CHECK(trace.init_signal == SIGKILL);
  CHECK(trace.syscalls.at({trace.architecture, "listen"}).phases == kStarting);
  for (const auto& socket : trace.sockets) CHECK(socket.phases == kStarting);
}

TEST_CASE("a deadline ends the wait, kills the container and says so", "[ptrace]") {
  HarnessOptions options;
  options.time_limit = std::chrono::seconds(0);
  Fd pidfd;
  options.while_running = [&](Tracer&, pid_t init) { pidfd = pidfd_of(init); };
  const Trace trace = traced({TRACEE_PATH, "serve"}, options);
  CHECK(trace.incomplete.size() == 1);
  CHECK(has_ended(pidfd));
}

TEST_CASE("nothing of the container survives the tracer", "[ptrace]") {
  auto pipe = make_pipe();
  REQUIRE(pipe);
  const pid_t victim = ::fork();
  REQUIRE(victim >= 0);
  if (victim == 0) {
    HarnessOptions options;
    std::promise<void> listening;
    options.on_socket = [&](const SocketUse& use) {
      if (use.action == SocketAction::listen) listening.set_value();
    };
    options.while_running = [&](Tracer&, pid_t init) {
      listening.get_future().wait();
      if (::write(pipe->write.get(), &init, sizeof init) != sizeof init) ::_exit(1);
    };
    (void)run_traced(TracerChoice::ptrace, {TRACEE_PATH, "serve"}, options);
    ::_exit(0);
  }
  pipe->write.reset();
  pid_t init = -1;
  REQUIRE(::read(pipe->read.get(), &init, sizeof init) == sizeof init);
  const Fd pidfd = pidfd_of(init);
  REQUIRE(pidfd);
  ::kill(victim, SIGKILL);
  ::waitpid(victim, nullptr, 0);
  CHECK(has_ended(pidfd));
}

TEST_CASE("a call that the profile refuses is not recorded", "[ptrace]") {
  HarnessOptions options;
  options.refused = {"mkdir"};
  options.working_directory = "/tmp";
  const Trace trace = traced({TRACEE_PATH, "refused"}, options);
  CHECK(trace.init_exit_code == 0);
  CHECK(trace.syscalls.count({trace.architecture, "mkdir"}) == 0);
  CHECK(trace.lookups.count("/tmp/new") == 0);
}

TEST_CASE("the program sees the processors that it was given", "[ptrace]") {
  const Trace trace = traced({TRACEE_PATH, "processors"});
  CHECK(trace.init_exit_code == 0);
  CHECK(trace.processes == 2);
}

TEST_CASE("io_uring makes a trace incomplete", "[ptrace]") {
  const Trace trace = traced({TRACEE_PATH, "io_uring"});
  if (trace.init_exit_code == 77) {
    WARN("skipped: io_uring is not available here");
    CHECK(trace.complete());
    return;
  }
  CHECK_FALSE(trace.complete());
  CHECK(trace.losses.at("io_uring_paths") == 1);
}

TEST_CASE("a tracer may be given up at any time", "[ptrace]") {
  { REQUIRE(create_tracer(TracerChoice::ptrace, {})); }
  {
    auto made = create_tracer(TracerChoice::ptrace, {});
    REQUIRE(made);
    const auto attached = made->tracer->attach(::getpid());
    REQUIRE_FALSE(attached);
    CHECK(attached.error().code() == ErrorCode::unsupported);
  }
  auto made = create_tracer(TracerChoice::ptrace, {});
  REQUIRE(made);
  CHECK_FALSE(made->tracer->follow(0x7ffffff0));
  const pid_t held = ::fork();
  if (held == 0)
    for (;;) ::pause();
  const Fd pidfd = pidfd_of(held);
  REQUIRE(made->tracer->follow(held));
  made->tracer.reset();
  CHECK(has_ended(pidfd));
  ::waitpid(held, nullptr, 0);
}
