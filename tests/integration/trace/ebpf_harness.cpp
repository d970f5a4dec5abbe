// SPDX-License-Identifier: Apache-2.0
#include "ebpf_harness.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

#include "slim/base/fd.hpp"
#include "slim/base/file.hpp"
#include "trace/ebpf/ebpf_tracer.hpp"

namespace ebpf_test {
namespace {

// Plain storage, so that it is there before any constructor runs.
constexpr size_t kMost = 64;
NamedTracee tracees[kMost];
size_t tracee_count = 0;

// Runs before main; the tracees themselves are registered at their files' initialisation, which may
// come later, so the search happens at each registration.
void run_if_asked(const NamedTracee& tracee) {
  const char* wanted = std::getenv("SLIM_TRACEE");
  if (wanted && std::strcmp(wanted, tracee.name) == 0) ::_exit(tracee.run());
}

[[noreturn]] void child(const char* tracee, const RunOptions& options, int go) {
  char byte = 0;
  ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  ::mount("proc", "/proc", "proc", 0, nullptr);
  if (!options.working_directory.empty() && ::chdir(options.working_directory.c_str()) != 0)
    ::_exit(121);
  if (options.before_exec) options.before_exec();
  if (::read(go, &byte, 1) < 0) ::_exit(122);
  if (tracee) {
    ::setenv("SLIM_TRACEE", tracee, 1);
    ::setenv("SLIM_DIR", directory().c_str(), 1);
    ::execl("/proc/self/exe", tracee, static_cast<char*>(nullptr));
  } else {
    std::vector<char*> argv;
    for (const auto& argument : options.argv) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
  }
  ::_exit(123);
}

}  // namespace

Register::Register(const char* name, Tracee run) {
  tracees[tracee_count % kMost] = {name, run};
  run_if_asked(tracees[tracee_count++ % kMost]);
}

const std::string& directory() {
  static const auto made = slim::TempDir::create("/var/tmp", "slim-ebpf-test");
  REQUIRE(made);
  return made->path();
}

std::string in_directory(const std::string& name) {
  const char* inside = std::getenv("SLIM_DIR");
  return (inside ? inside : directory()) + std::string("/") + name;
}

bool usable() {
  const auto made = slim::trace::create_ebpf_tracer({});
  if (made) return true;
  const auto code = made.error().code();
  if (code != slim::ErrorCode::permission && code != slim::ErrorCode::unsupported)
    FAIL(made.error().text());
  WARN("SKIPPED, eBPF cannot be used here: " << made.error().text());
  return false;
}

slim::trace::Trace run(const char* tracee, RunOptions options) {
  auto tracer = slim::trace::create_ebpf_tracer(options.tracer);
  if (!tracer) FAIL(tracer.error().text());
  directory();
  auto go = slim::make_pipe();
  REQUIRE(go);
  constexpr unsigned long kNamespaces = CLONE_NEWPID | CLONE_NEWNS;
  const auto pid = static_cast<pid_t>(
      ::syscall(SYS_clone, kNamespaces | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  REQUIRE(pid >= 0);
  if (pid == 0) {
    go->write.reset();
    child(tracee, options, go->read.get());
  }
  if (options.tracer.adopt) {
    go->write.reset();
    options.until_ready();
  }
  const auto attached = (*tracer)->attach(pid);
  if (!attached) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    FAIL(attached.error().text());
  }
  go->write.reset();
  if (options.meanwhile) options.meanwhile(**tracer, pid);
  const slim::Interrupt never;
  auto trace = (*tracer)->finish(never, options.deadline);
  if (options.deadline) ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  if (!trace) FAIL(trace.error().text());
  return std::move(*trace);
}

bool has_file(const slim::trace::Trace& trace, const std::string& path, uint32_t access) {
  const auto found = trace.files.find(path);
  return found != trace.files.end() && (found->second.access & access) == access;
}

bool found(const slim::trace::Trace& trace, const std::string& path) {
  const auto use = trace.lookups.find(path);
  return use != trace.lookups.end() && use->second.found;
}

bool missing(const slim::trace::Trace& trace, const std::string& path) {
  const auto use = trace.lookups.find(path);
  return use != trace.lookups.end() && use->second.missing;
}

bool called(const slim::trace::Trace& trace, const std::string& name, const std::string& arch) {
  return trace.syscalls.count({arch.empty() ? trace.architecture : arch, name}) != 0;
}

const slim::trace::SocketUse* the_socket(const slim::trace::Trace& trace,
                                         slim::trace::SocketAction action,
                                         const std::string& family, const std::string& protocol) {
  const slim::trace::SocketUse* result = nullptr;
  for (const auto& use : trace.sockets) {
    if (use.action != action || use.family != family || use.protocol != protocol) continue;
    if (result) return nullptr;
    result = &use;
  }
  return result;
}

}  // namespace ebpf_test
