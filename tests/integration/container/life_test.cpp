// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "container/relay.hpp"
#include "integration/container/fixture.hpp"

using namespace slim;
using namespace slim::container;
using namespace slim::container::test;

namespace {

// Processes with `text` in their command line.
std::string processes(const std::string& text) {
  std::string found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto line = read_file(entry.path().string() + "/cmdline");
    if (line && line->find(text) != std::string::npos) found += *line + "\n";
  }
  return found;
}

// Everything a container of this id could leave on the machine.
std::string traces_of(const std::string& id) {
  return sh("find /sys/fs/cgroup -name '*" + id + "*' 2>/dev/null; grep " + id +
            " /proc/mounts || true") +
         processes(id);
}

// A container whose first process does `handler` at SIGUSR1, once that is set up.
Container start_with_handler(Fixture& fixture, const std::string& handler) {
  const std::string script = "trap '" + handler + "' USR1; echo up; sleep 1000 & wait";
  Container container =
      must(Container::create(fixture.request({"sh", "-c", script}), Interrupt()));
  must(container.start());
  auto feed = must(poll_listening_ports(container));
  must(wait_until_ready(container, fixture.config, must(ReadySpec::parse("log:^up$")), *feed,
                        Interrupt(), in_seconds(10)));
  return container;
}

}  // namespace

TEST_CASE("commands in the container run as its user, to their own status", "[container]") {
  be_reaper();
  for (const auto& runtime : runtimes()) {
    DYNAMIC_SECTION(runtime) {
      Fixture fixture;
      fixture.runtime = runtime;
      fixture.config.user = "app";
      fixture.config.working_dir = "/tmp";
      Container container =
          must(Container::create(fixture.request({"sleep", "1000"}), Interrupt()));
      CHECK(container.runtime().starts_with(runtime + " 1."));
      must(container.start());
      const Interrupt never;
      const std::string look = "id -un; pwd; echo $FOO; grep CapBnd /proc/self/status";
      CHECK(must(container.exec({"sh", "-c", look}, never)).ok());
      CHECK(must(read_file(container.log_path())) == "app\n/tmp\nbar\nCapBnd:\t00000000a80425fb\n");
      CHECK(must(container.exec({"sh", "-c", "exit 42"}, never)) == ExitStatus{42, 0});
      CHECK(must(container.exec({"sh", "-c", "kill -SEGV $$"}, never)) == ExitStatus{0, SIGSEGV});
      CHECK(must(container.exec({"no-such-command"}, never)) == ExitStatus{127, 0});
      CHECK(must(container.exec({"/etc/passwd"}, never)) == ExitStatus{126, 0});
      CHECK(log_tail(container.log_path(), 1).find("exec: ") != std::string::npos);
      Container::ExecOptions brief;
      // Also one whose time is over before the runtime has started it.
      for (const int limit : {300, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90}) {
        brief.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit);
        CHECK_FALSE(must(container.exec({"sleep", "777.25"}, brief, never)));
        CHECK(processes("777.25") == "");
      }
      must(container.remove());
      CHECK_FALSE(container.exec({"true"}, never));
      CHECK(traces_of(container.id()) == "");
    }
  }
}

TEST_CASE("signals reach the first process, and its end is told", "[container]") {
  be_reaper();
  Fixture fixture;
  Container container = start_with_handler(fixture, "echo got; exit 3");
  CHECK_FALSE(must(container.wait(Interrupt(), std::chrono::steady_clock::now())));
  CHECK(container.signal("NOSUCH").error().code() == ErrorCode::usage);
  must(container.signal("SIGUSR1"));
  const auto ended = must(container.wait(Interrupt(), in_seconds(10)));
  REQUIRE(ended);
  CHECK(ended->status == ExitStatus{3, 0});
  // Asking again gives the same; the log is complete.
  CHECK(must(container.wait(Interrupt(), in_seconds(1)))->status == ExitStatus{3, 0});
  CHECK(must(read_file(container.log_path())) == "up\ngot\n");
  CHECK(container.signal("TERM").error().code() == ErrorCode::container);
}

TEST_CASE("which signals a first process heeds", "[container]") {
  be_reaper();
  Fixture fixture;
  Container container = start_with_handler(fixture, "exit 3");
  for (const auto* lost : {"TERM", "SIGHUP", "RTMAX"}) {
    CHECK_FALSE(must(container.heeds(lost)));
    must(container.signal(lost));
  }
  CHECK(must(container.exec({"true"}, Interrupt())).ok());  // it runs on
  CHECK(must(container.heeds("KILL")));
  CHECK(must(container.heeds("SIGUSR1")));
  must(container.signal("SIGUSR1"));
  CHECK(must(container.wait(Interrupt(), in_seconds(10)))->status == ExitStatus{3, 0});
}

TEST_CASE("a container that cannot be made is explained and leaves nothing", "[container]") {
  be_reaper();
  for (const auto& runtime : runtimes()) {
    DYNAMIC_SECTION(runtime) {
      Fixture fixture;
      fixture.runtime = runtime;
      const auto request = fixture.request({"no-such-command"});
      auto container = Container::create(request, Interrupt());
      // runc looks for the command at start, crun at create.
      const auto started = container ? container->start() : Result<void>();
      const Error& error = container ? started.error() : container.error();
      CHECK(error.code() == ErrorCode::container);
      CHECK(error.text().find("no-such-command") != std::string::npos);
      if (container) must(container->remove());
      CHECK(traces_of(request.id) == "");
    }
  }
}

TEST_CASE("no runtime: the error says what was looked for", "[container]") {
  Fixture fixture;
  auto request = fixture.request({"true"});
  request.runtime = "/no/such/runtime";
  const auto created = Container::create(request, Interrupt());
  REQUIRE_FALSE(created);
  CHECK(created.error().code() == ErrorCode::unsupported);
  CHECK(created.error().text().find("/no/such/runtime") != std::string::npos);
}

TEST_CASE("what is mounted over the image is listed", "[container]") {
  Fixture fixture;
  fixture.config.volumes = {"/data"};
  auto request = fixture.request({"true"});
  request.options.tmpfs = {"/tmp"};
  const Container container = must(Container::create(request, Interrupt()));
  CHECK(container.mount_points() ==
        std::vector<std::string>{"/data", "/dev", "/etc/hostname", "/etc/hosts",
                                 "/etc/resolv.conf", "/proc", "/sys", "/tmp"});
}

TEST_CASE("a container whose slim was killed is cleaned up by the next", "[container]") {
  be_reaper();
  for (const auto& runtime : runtimes()) {
    for (const bool started : {true, false}) {
      DYNAMIC_SECTION(runtime << (started ? ", started" : ", created")) {
        Fixture fixture;
        fixture.runtime = runtime;
        const auto request = fixture.request({"sleep", "1234.25"});
        const pid_t victim = ::fork();
        if (victim == 0) {
          auto container = Container::create(request, Interrupt());
          if (container && started) (void)container->start();
          ::kill(::getpid(), SIGKILL);
        }
        ::waitpid(victim, nullptr, 0);
        CHECK(traces_of(request.id) != "");
        clean_stale(request.id, request.directory);
        CHECK(traces_of(request.id) == "");
        CHECK(processes("1234.25") == "");
        clean_stale(request.id, request.directory);  // again, and where nothing ever was
        clean_stale("slim-test-never", fixture.directory.path() + "/never");
      }
    }
  }
}

TEST_CASE("a slim that is killed while the runtime works leaves nothing either", "[container]") {
  be_reaper();
  for (const auto& runtime : runtimes()) {
    DYNAMIC_SECTION(runtime) {
      Fixture fixture;
      fixture.runtime = runtime;
      auto request = fixture.request({"sleep", "4567.25"});
      const Pipe held = must(make_pipe());
      request.before_exec = [&](pid_t) -> Result<void> {
        must(write_all(held.write, "x", "pipe"));
        return {};
      };
      const pid_t victim = ::fork();
      if (victim == 0) {
        (void)Container::create(request, Interrupt());
        ::_exit(0);
      }
      must(wait_readable({held.read.get()}, Interrupt(), in_seconds(10)));
      ::kill(victim, SIGKILL);
      ::waitpid(victim, nullptr, 0);
      clean_stale(request.id, request.directory);
      CHECK(traces_of(request.id) == "");
      CHECK(processes("4567.25") == "");
    }
  }
}

TEST_CASE("a runtime does not outlive a slim that is killed", "[container]") {
  be_reaper();
  const Pipe told = must(make_pipe());
  const pid_t victim = ::fork();
  if (victim == 0) {
    RelayOptions options;
    options.before_exec = [&](pid_t pid) {
      return write_all(told.write, {reinterpret_cast<const char*>(&pid), sizeof pid}, "pipe");
    };
    const auto relay = Relay::start({"/bin/sleep", "1000"}, options);
    ::pause();
  }
  pid_t command = 0;
  REQUIRE(::read(told.read.get(), &command, sizeof command) == sizeof command);
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, command, 0)));
  REQUIRE(pidfd);
  ::kill(victim, SIGKILL);
  ::waitpid(victim, nullptr, 0);
  CHECK(must(wait_readable({pidfd.get()}, Interrupt(), in_seconds(10))));
  ::kill(command, SIGKILL);
}

TEST_CASE("before_exec sees every runtime process held, and may refuse", "[container]") {
  be_reaper();
  Fixture fixture;
  auto request = fixture.request({"sleep", "1000"});
  std::vector<std::string> seen;
  bool refuse = false;
  request.before_exec = [&](pid_t pid) -> Result<void> {
    seen.push_back(must(read_file("/proc/" + std::to_string(pid) + "/comm")));
    if (refuse) return fail(ErrorCode::permission, "refused");
    return {};
  };
  Container container = must(Container::create(request, Interrupt()));
  must(container.start());
  CHECK(must(container.exec({"true"}, Interrupt())).ok());
  CHECK(seen.size() == 2);
  for (const auto& comm : seen) CHECK(comm.find("run") == std::string::npos);
  refuse = true;
  const auto refused = container.exec({"true"}, Interrupt());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text() == "refused");
}

namespace {

// A minimal tracer of the kind that lives in slim: one thread that follows a process and all its
// descendants and waits for them with waitpid.
class Follower {
 public:
  Result<void> follow(pid_t pid) {
    pid_ = pid;
    thread_ = std::thread([this] { run(); });
    while (!attached_) attached_.wait(false);
    return {};
  }
  ~Follower() { finish(); }
  int finish() {
    if (thread_.joinable()) thread_.join();
    return ends_;
  }

 private:
  void run() {
    constexpr long kOptions =
        PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
    REQUIRE(::ptrace(PTRACE_SEIZE, pid_, nullptr, kOptions) == 0);
    attached_ = true;
    attached_.notify_all();
    int status;
    for (pid_t tid; (tid = ::waitpid(-1, &status, __WALL | __WNOTHREAD)) > 0;) {
      if (WIFEXITED(status) || WIFSIGNALED(status)) {
        ++ends_;
      } else {
        const bool event = status >> 16 != 0;
        const int signal = event || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
        ::ptrace(status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP ? PTRACE_LISTEN
                                                                                  : PTRACE_CONT,
                 tid, nullptr, signal);
      }
    }
  }
  pid_t pid_ = -1;
  std::atomic<bool> attached_{false};
  int ends_ = 0;
  std::thread thread_;
};

}  // namespace

TEST_CASE("the runtime's status is had although a thread of slim traces it", "[container]") {
  be_reaper();
  for (const auto& runtime : runtimes()) {
    DYNAMIC_SECTION(runtime) {
      Fixture fixture;
      fixture.runtime = runtime;
      std::vector<std::unique_ptr<Follower>> followers;
      auto request = fixture.request({"sh", "-c", "echo hello; read x < /tmp/never"});
      sh("busybox mkfifo " + fixture.root + "/tmp/never");
      request.before_exec = [&](pid_t pid) {
        followers.push_back(std::make_unique<Follower>());
        return followers.back()->follow(pid);
      };
      {
        Container container = must(Container::create(request, Interrupt()));
        must(container.start());
        for (int round = 0; round < 5; ++round)
          CHECK(must(container.exec({"sh", "-c", "exit " + std::to_string(round)}, Interrupt())) ==
                ExitStatus{round, 0});
        must(container.remove());
        for (auto& follower : followers) CHECK(follower->finish() > 0);
        CHECK(must(read_file(container.log_path())) == "hello\n");
      }
      CHECK(traces_of(request.id) == "");
    }
  }
}
