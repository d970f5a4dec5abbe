// SPDX-License-Identifier: Apache-2.0
// Which tasks are recorded, what is counted about them, and what a loss does to the verdict.
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <regex>
#include <thread>

#include "ebpf_harness.hpp"
#include "slim/base/child.hpp"
#include "slim/base/file.hpp"
#include "trace/ebpf/ebpf_tracer.hpp"
#include "trace/ebpf/programs.hpp"

using namespace slim::trace;
using ebpf_test::called;
using ebpf_test::found;
using ebpf_test::in_directory;
using ebpf_test::missing;

namespace {

void look_for(const char* name) { ::access(in_directory(name).c_str(), F_OK); }

}  // namespace

SLIM_TRACEE(family) {
  std::thread([] { look_for("by-thread"); }).join();
  if (::fork() == 0) {
    look_for("by-child");
    if (::fork() == 0) {
      ::setsid();
      look_for("by-grandchild");
      ::_exit(0);
    }
    ::_exit(0);
  }
  if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) return 1;
  if (::fork() == 0) {
    look_for("by-inner-init");
    ::_exit(0);
  }
  while (::wait(nullptr) > 0) {
  }
  return 7;
}

TEST_CASE("threads, descendants and nested namespaces are recorded", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  ebpf_test::RunOptions options;
  options.before_exec = [] { ::access("/var/tmp/before-the-exec", F_OK); };
  options.meanwhile = [](Tracer&, pid_t) { ::access("/var/tmp/on-the-host", F_OK); };
  const auto trace = ebpf_test::run("family", options);
  CHECK(trace.complete());
  CHECK(trace.init_exit_code == 7);
  CHECK_FALSE(trace.init_signal);
  for (const char* name : {"by-thread", "by-child", "by-grandchild", "by-inner-init"}) {
    CAPTURE(name);
    CHECK(missing(trace, in_directory(name)));
  }
  CHECK(trace.processes == 4);
  CHECK(trace.lookups.count("/var/tmp/before-the-exec") == 0);
  CHECK(trace.lookups.count("/var/tmp/on-the-host") == 0);
  CHECK(called(trace, "execve"));
  CHECK(called(trace, "unshare"));
  CHECK_FALSE(called(trace, "chroot"));
}

SLIM_TRACEE(executes_in_thread) {
  std::thread([] {
    ::execl("/bin/sh", "sh", "-c", "exit 9", static_cast<char*>(nullptr));
  }).join();
  return 1;
}

TEST_CASE("the end is told though a thread has become the process", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  const auto trace = ebpf_test::run("executes_in_thread");
  CHECK(trace.init_exit_code == 9);
  CHECK(trace.processes == 1);
}

SLIM_TRACEE(dies) {
  ::raise(SIGKILL);  // ignored from within: the first process of a pid namespace
  ::signal(SIGSEGV, SIG_DFL);
  // A real fault, and not one that a sanitizer sees before the kernel does.
  *static_cast<volatile int*>(::mmap(nullptr, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) = 1;
  return 0;
}

TEST_CASE("the end of the first process is told", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  const auto trace = ebpf_test::run("dies");
  CHECK(trace.init_signal == SIGSEGV);
  CHECK_FALSE(trace.init_exit_code);
}

SLIM_TRACEE(waits_for_input) {
  char byte = 0;
  if (::read(STDIN_FILENO, &byte, 1) != 1) return 1;
  ::getppid();
  return ::read(STDIN_FILENO, &byte, 1) == 0 ? 0 : 1;
}

TEST_CASE("calls are told by phase, and a process that joins the namespace is recorded", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  slim::Fd mine(ends[0]), theirs(ends[1]);
  ebpf_test::RunOptions options;
  options.before_exec = [&] {
    ::dup2(theirs.get(), STDIN_FILENO);
    mine.reset();
    theirs.reset();
  };
  options.meanwhile = [&](Tracer& tracer, pid_t pid) {
    theirs.reset();
    tracer.enter_phase(kServing);
    REQUIRE(::write(mine.get(), "x", 1) == 1);
    // What a runtime's exec does: join, fork, execute.
    const auto out = slim::run_command({"nsenter", "-t", std::to_string(pid), "-p", "ls",
                                        in_directory("joined")},
                                       slim::Interrupt());
    REQUIRE(out);
    tracer.enter_phase(kStopping);
    mine.reset();
  };
  const auto trace = ebpf_test::run("waits_for_input", options);
  CHECK(trace.init_exit_code == 0);
  CHECK(missing(trace, in_directory("joined")));
  CHECK((trace.syscalls.at({trace.architecture, "getppid"}).phases & kStarting) == 0);
  CHECK((trace.syscalls.at({trace.architecture, "exit_group"}).phases & kStopping) != 0);
  CHECK((trace.syscalls.at({trace.architecture, "execve"}).phases & kServing) != 0);
}

SLIM_TRACEE(asks_for_capabilities) {
  ::close(::open(in_directory("owned").c_str(), O_CREAT | O_WRONLY, 0600));
  return ::chown(in_directory("owned").c_str(), 1234, 1234);
}

TEST_CASE("capabilities that were needed are told, where the kernel tells them", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  const auto trace = ebpf_test::run("asks_for_capabilities");
  CHECK(trace.init_exit_code == 0);
  if (!trace.capabilities_known) {
    WARN("SKIPPED, this kernel does not tell capabilities");
    return;
  }
  CHECK(trace.capabilities.at("CAP_CHOWN"));
}

// The kernel asks for CAP_SYS_ADMIN in all of these, to know whether the last memory may be used.
SLIM_TRACEE(takes_memory) {
  constexpr size_t size = 4 << 20;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || ::mprotect(memory, size, PROT_READ) != 0) return 1;
  if (::fork() == 0) ::_exit(0);
  ::wait(nullptr);
  ::getppid();
  volatile char deep[size];  // the stack grows, in no call
  for (size_t at = size; at >= 4096; at -= 4096) deep[at - 1] = 1;
  return deep[size - 1] - 1;
}

// A call that needs it in earnest, after one that doesn't; the name stays as it is.
SLIM_TRACEE(names_the_host) {
  char name[65] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return 1;
  for (int i = 0; i < 2; ++i)
    if (::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ||
        ::sethostname(name, std::strlen(name)) != 0)
      return 2;
  return 0;
}

SLIM_TRACEE(clones_a_namespace) {
  const long child = ::syscall(SYS_clone, CLONE_NEWIPC | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0) ::_exit(0);
  return child < 0 || ::wait(nullptr) < 0;
}

TEST_CASE("CAP_SYS_ADMIN is needed where memory is not the reason", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  ebpf_test::RunOptions options;
  options.tracer.assume_old = GENERATE(false, true);
  CAPTURE(options.tracer.assume_old);
  for (const char* tracee : {"takes_memory", "names_the_host", "clones_a_namespace"}) {
    CAPTURE(tracee);
    const auto trace = ebpf_test::run(tracee, options);
    CHECK(trace.init_exit_code == 0);
    if (!trace.capabilities_known) {
      WARN("SKIPPED, this kernel does not tell capabilities");
      return;
    }
    CHECK(trace.capabilities.count("CAP_SYS_ADMIN") == (tracee != std::string("takes_memory")));
  }
}

// The last name does not even fit into the smallest ring when nothing else is in it.
SLIM_TRACEE(makes_noise) {
  if (::chdir(in_directory("").c_str()) != 0) return 1;
  for (int i = 0; i < 5000; ++i)
    ::access((std::to_string(i) + std::string(240, 'n')).c_str(), F_OK);
  std::string longest;
  while (longest.size() < 4080) longest += std::string(254, 'n') + '/';
  longest.resize(4080);
  ::access(longest.c_str(), F_OK);
  return 0;
}

TEST_CASE("a ring that is too small makes the trace incomplete", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  ebpf_test::RunOptions options;
  options.tracer.ring_bytes = 4096;
  const auto small = ebpf_test::run("makes_noise", options);
  CHECK(small.losses.count("events_lost") == 1);
  CHECK_FALSE(small.complete());
  CHECK(small.init_exit_code == 0);
  const auto large = ebpf_test::run("makes_noise");
  CHECK(large.complete());
  CHECK(large.lookups.size() >= 5000);
}

SLIM_TRACEE(never_ends) {
  ::pause();
  return 0;
}

TEST_CASE("a container that outlives the deadline makes the trace incomplete", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  ebpf_test::RunOptions options;
  options.deadline = std::chrono::steady_clock::now();
  CHECK_FALSE(ebpf_test::run("never_ends", options).complete());
}

TEST_CASE("a process of this pid namespace is refused", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  auto tracer = create_ebpf_tracer({});
  REQUIRE(tracer);
  const auto attached = (*tracer)->attach(::getpid());
  REQUIRE_FALSE(attached);
  CHECK(attached.error().code() == slim::ErrorCode::unsupported);
}

TEST_CASE("without the right to load BPF programs the error says so", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
    const auto tracer = create_ebpf_tracer({});
    ::_exit(!tracer && tracer.error().code() == slim::ErrorCode::permission ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

// Opens a file by an io_uring, with no library.
SLIM_TRACEE(uses_io_uring) {
  io_uring_params params{};
  const int ring = static_cast<int>(::syscall(SYS_io_uring_setup, 1, &params));
  if (ring < 0) return 77;
  const size_t size = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
  auto* queue = static_cast<char*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring,
                                          IORING_OFF_SQ_RING));
  auto* entries = static_cast<io_uring_sqe*>(::mmap(nullptr, sizeof(io_uring_sqe),
                                                    PROT_READ | PROT_WRITE, MAP_SHARED, ring,
                                                    IORING_OFF_SQES));
  if (queue == MAP_FAILED || entries == MAP_FAILED) return 1;
  entries[0].opcode = IORING_OP_OPENAT;
  entries[0].fd = AT_FDCWD;
  entries[0].addr = reinterpret_cast<uint64_t>("/etc/passwd");
  reinterpret_cast<uint32_t*>(queue + params.sq_off.array)[0] = 0;
  __atomic_store_n(reinterpret_cast<uint32_t*>(queue + params.sq_off.tail), 1, __ATOMIC_RELEASE);
  return ::syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0) == 1 ? 0 : 2;
}

TEST_CASE("an open by io_uring makes the trace incomplete", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  const auto trace = ebpf_test::run("uses_io_uring");
  if (trace.init_exit_code == 77) {
    WARN("SKIPPED, this kernel has no io_uring");
    return;
  }
  REQUIRE(trace.init_exit_code == 0);
  CHECK(trace.losses.count("io_uring_paths") == 1);
  CHECK_FALSE(trace.complete());
}

#if defined(__x86_64__)
namespace {

long compat_call(long number, unsigned a, unsigned b, unsigned c) {
  long result = number;
  asm volatile("int $0x80"
               : "+a"(result)
               : "b"(a), "c"(b), "d"(c)
               : "memory", "r8", "r9", "r10", "r11");
  return static_cast<int>(result);
}

}  // namespace

// 32-bit calls of a 64-bit program, with everything below 4 GiB.
SLIM_TRACEE(makes_compat_calls) {
  auto* low = static_cast<char*>(::mmap(nullptr, 8192, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
  if (low == MAP_FAILED) return 1;
  const auto address = static_cast<unsigned>(reinterpret_cast<uintptr_t>(low));
  if (compat_call(20 /* getpid */, 0, 0, 0) == -ENOSYS) return 77;
  std::strcpy(low, in_directory("compat").c_str());
  const long fd = compat_call(5 /* open */, address, O_RDONLY, 0);
  if (fd < 0) return 2;
  std::strcpy(low, in_directory("compat-none").c_str());
  if (compat_call(33 /* access */, address, 0, 0) != -ENOENT) return 3;
  // socketcall(SYS_LISTEN, {fd, 1}) on an unbound socket.
  const int server = ::socket(AF_INET, SOCK_STREAM, 0);
  const unsigned arguments[2] = {static_cast<unsigned>(server), 1};
  std::memcpy(low + 4096, arguments, sizeof arguments);
  return compat_call(102, 4, address + 4096, 0) == 0 ? 0 : 4;
}

TEST_CASE("32-bit calls have their own numbers, and paths", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  REQUIRE(slim::write_file_atomically(in_directory("compat"), "x"));
  const auto trace = ebpf_test::run("makes_compat_calls");
  if (trace.init_exit_code == 77) {
    WARN("SKIPPED, this kernel has no 32-bit calls");
    return;
  }
  REQUIRE(trace.init_exit_code == 0);
  for (const char* name : {"getpid", "open", "access", "socketcall"}) {
    CAPTURE(name);
    CHECK(called(trace, name, "x86"));
  }
  CHECK_FALSE(called(trace, "dup2"));  // which the number of access is for 64-bit programs
  CHECK(ebpf_test::has_file(trace, in_directory("compat"), kRead));
  CHECK(missing(trace, in_directory("compat-none")));
  const auto* listener = ebpf_test::the_socket(trace, SocketAction::listen, "inet", "tcp");
  REQUIRE(listener);
  CHECK(listener->ephemeral);
}
#endif

TEST_CASE("the programs also load in the form for old kernels", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  const auto loaded = Programs::load({.assume_old = true, .adopt = true},
                                     [](const slim_event&, std::span<const char>) {});
  if (!loaded) FAIL(loaded.error().text());
}

// An outside opinion: every path that strace prints for a real program.
TEST_CASE("a real program has the lookups that strace sees", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  if (!slim::find_program("strace")) {
    WARN("SKIPPED, strace is not installed");
    return;
  }
  const std::string log = in_directory("strace.log");
  const std::string script = "cat /etc/passwd > /dev/null; ls -l /usr > /dev/null; test -e /none/such";
  REQUIRE(slim::run_command({"strace", "-f", "-s", "4096", "-o", log, "sh", "-c", script},
                            slim::Interrupt()));
  ebpf_test::RunOptions options;
  options.argv = {"sh", "-c", script};
  const auto trace = ebpf_test::run(nullptr, options);
  CHECK(trace.complete());
  std::ifstream lines(log);
  const std::regex path_argument("(\\w+)\\((?:AT_FDCWD, )?\"(/[^\"]*)\".*\\) += (-1 ENOENT)?.*");
  size_t compared = 0;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_search(line, match, path_argument)) continue;
    if (match[1] == "getcwd") continue;  // its string is an answer
    CAPTURE(line);
    CHECK((match[3].matched ? missing : found)(trace, match[2].str()));
    ++compared;
  }
  CHECK(compared > 20);
}
