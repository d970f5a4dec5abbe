// SPDX-License-Identifier: Apache-2.0
#include "harness.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "slim/base/fd.hpp"

namespace slim::trace::test {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  ::_exit(125);
}

// What a runtime makes of a profile from policy::with_tracing.
void load_filter(const std::vector<std::string>& refused) {
  scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_TRACE(0));
  if (filter == nullptr) die("seccomp_init");
  ::seccomp_arch_add(filter, SCMP_ARCH_X86);
  for (const auto& name : ptrace_assumed_syscalls())
    ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, ::seccomp_syscall_resolve_name(name.c_str()), 0);
  for (const auto& name : refused)
    ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), ::seccomp_syscall_resolve_name(name.c_str()),
                       0);
  if (::seccomp_load(filter) != 0) die("seccomp_load");
}

void bring_up_loopback() {
  const Fd fd(::socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  if (::ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0) die("loopback");
}

void change_root(const std::string& root) {
  if (::mount(root.c_str(), root.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) die("bind");
  if (::chdir(root.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0) die("pivot_root");
  if (::umount2(".", MNT_DETACH) != 0) die("umount");
}

struct Pipes {
  Pipe go;       // parent -> runtime: go on
  Pipe created;  // runtime -> parent: number of the container's first process
  Pipe ready;    // first process -> parent: set up
  Pipe start;    // parent -> first process
};

void wait_for(const Fd& fd) {
  char byte;
  if (::read(fd.get(), &byte, 1) != 1) ::_exit(125);
}
void tell(const Fd& fd) {
  if (::write(fd.get(), "x", 1) != 1) ::_exit(125);
}

[[noreturn]] void be_init(const std::vector<std::string>& argv, const HarnessOptions& options,
                          Pipes& pipes, bool filtered) {
  pipes.start.write.reset();
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) die("private");
  if (!options.root.empty()) change_root(options.root);
  if (::mount("proc", "/proc", "proc", 0, nullptr) != 0) die("proc");
  bring_up_loopback();
  if (::chdir(options.working_directory.c_str()) != 0) die("chdir");
  if (options.quiet) {
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, 1);
    ::dup2(null, 2);
  }
  std::vector<char*> arguments;
  for (const auto& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  if (filtered) load_filter(options.refused);
  tell(pipes.ready.write);
  wait_for(pipes.start.read);
  ::execv(arguments[0], arguments.data());
  die(arguments[0]);
}

// Plays the runtime: makes the namespaces and the first process, and goes away.
[[noreturn]] void be_runtime(const std::vector<std::string>& argv, const HarnessOptions& options,
                             Pipes& pipes, bool filtered) {
  pipes.go.write.reset();
  wait_for(pipes.go.read);
  if (::unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC) != 0) die("unshare");
  const pid_t init = ::fork();
  if (init < 0) die("fork");
  if (init == 0) be_init(argv, options, pipes, filtered);
  if (::write(pipes.created.write.get(), &init, sizeof init) != sizeof init) die("write");
  ::_exit(0);
}

Result<double> run(Tracer* tracer, bool filtered, const std::vector<std::string>& argv,
                   const HarnessOptions& options, std::optional<Trace>* trace) {
  Pipes pipes;
  SLIM_TRY(pipes.go, make_pipe());
  SLIM_TRY(pipes.created, make_pipe());
  SLIM_TRY(pipes.ready, make_pipe());
  SLIM_TRY(pipes.start, make_pipe());
  const pid_t runtime = ::fork();
  if (runtime < 0) return fail_errno("fork");
  if (runtime == 0) be_runtime(argv, options, pipes, filtered);
  const Fd runtime_pidfd(static_cast<int>(::syscall(SYS_pidfd_open, runtime, 0)));
  if (tracer != nullptr) SLIM_CHECK(tracer->follow(runtime));
  tell(pipes.go.write);
  pid_t init = -1;
  pipes.created.write.reset();
  if (::read(pipes.created.read.get(), &init, sizeof init) != sizeof init)
    return fail(ErrorCode::container, "the harness could not make its container");
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, init, 0)));
  pipes.ready.write.reset();
  wait_for(pipes.ready.read);
  // The runtime ends, and its status must reach us, tracer or not. To a process that waits for a
  // child which one of its own threads traces, wait(2) also tells the child's stops: so ask the
  // pidfd first, as Child does.
  const Interrupt never;
  SLIM_TRY([[maybe_unused]] auto runtime_ended,
           wait_readable({runtime_pidfd.get()}, never, std::nullopt));
  int status = 0;
  if (::waitpid(runtime, &status, 0) != runtime) return fail_errno("the runtime's exit status");
  if (status != 0)
    return fail(ErrorCode::container, "the runtime ended with status " + std::to_string(status));
  if (tracer != nullptr) SLIM_CHECK(tracer->attach(init));
  const auto begin = Clock::now();
  tell(pipes.start.write);
  const Deadline deadline = Clock::now() + options.time_limit;
  if (tracer != nullptr && options.while_running) options.while_running(*tracer, init);
  if (tracer != nullptr) {
    SLIM_TRY(*trace, tracer->finish(never, deadline));
  } else {
    SLIM_TRY([[maybe_unused]] auto ended, wait_readable({pidfd.get()}, never, deadline));
  }
  const std::chrono::duration<double> took = Clock::now() - begin;
  return took.count();
}

}  // namespace

Result<HarnessResult> run_traced(TracerChoice choice, const std::vector<std::string>& argv,
                                 const HarnessOptions& options) {
  TracerOptions tracer_options;
  tracer_options.on_socket = options.on_socket;
  SLIM_TRY(auto created, create_tracer(choice, tracer_options));
  HarnessResult result;
  result.note = created.note;
  std::optional<Trace> trace;
  const bool filtered = created.tracer->backend() == Backend::ptrace;
  SLIM_TRY(result.seconds, run(created.tracer.get(), filtered, argv, options, &trace));
  result.trace = std::move(*trace);
  return result;
}

Result<double> run_untraced(const std::vector<std::string>& argv, const HarnessOptions& options) {
  return run(nullptr, false, argv, options, nullptr);
}

}  // namespace slim::trace::test
