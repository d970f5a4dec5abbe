// SPDX-License-Identifier: Apache-2.0
// The parts of the ptrace tracer that need no tracee.
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "slim/base/file.hpp"
#include "slim/trace/tracer.hpp"
#include "trace/ptrace/call_table.hpp"
#include "trace/ptrace/doorbell.hpp"
#include "trace/ptrace/remote.hpp"
#include "trace/ptrace/wait_status.hpp"
#include "trace/syscall_names.hpp"

using namespace slim;
using namespace slim::trace;

TEST_CASE("wait statuses are told apart") {
  using Kind = WaitStatus::Kind;
  auto stop = [](int signal, int event = 0) {
    return WaitStatus((event << 16) | (signal << 8) | 0x7f);
  };
  CHECK(WaitStatus(3 << 8).kind() == Kind::exited);
  CHECK(WaitStatus(3 << 8).exit_code() == 3);
  CHECK(WaitStatus(SIGSEGV | 0x80).kind() == Kind::killed);  // with a core
  CHECK(WaitStatus(SIGSEGV | 0x80).signal() == SIGSEGV);
  CHECK(stop(SIGTRAP | 0x80).kind() == Kind::syscall);
  CHECK(stop(SIGTRAP, PTRACE_EVENT_EXEC).kind() == Kind::event);
  CHECK(stop(SIGTRAP, PTRACE_EVENT_EXEC).event() == PTRACE_EVENT_EXEC);
  CHECK(stop(SIGTRAP, PTRACE_EVENT_STOP).kind() == Kind::first_stop);
  CHECK(stop(SIGSTOP, PTRACE_EVENT_STOP).kind() == Kind::group_stop);
  CHECK(stop(SIGTTIN, PTRACE_EVENT_STOP).kind() == Kind::group_stop);
  CHECK(stop(SIGTRAP).kind() == Kind::signal);
  CHECK(stop(SIGSTOP).kind() == Kind::signal);
  CHECK(stop(SIGUSR1).signal() == SIGUSR1);
}

TEST_CASE("the call table knows each architecture's numbers") {
  if (native_arch() != SCMP_ARCH_X86_64) return;
  const CallTable table;
  auto kind = [&](uint32_t arch, int number) {
    StoppedCall call;
    call.arch = arch;
    call.number = number;
    return table.find(call).call.kind;
  };
  CHECK(kind(SCMP_ARCH_X86_64, 257) == CallKind::open);  // openat
  CHECK(kind(SCMP_ARCH_X86, 5) == CallKind::open);       // open
  CHECK(kind(SCMP_ARCH_X86_64, 5) == CallKind::none);    // fstat
  CHECK(kind(SCMP_ARCH_X86, 102) == CallKind::socketcall);
  CHECK(kind(SCMP_ARCH_X32, 0x40000000 | 257) == CallKind::open);
  CHECK(kind(SCMP_ARCH_X86_64, 100000) == CallKind::none);
  CHECK(kind(SCMP_ARCH_AARCH64, 56) == CallKind::none);  // not of this machine
}

TEST_CASE("no call of the table is let run unseen") {
  for (const auto& call : path_calls()) {
    // Those the engine looks at only after a connect to a name server.
    if (call.kind == CallKind::write || call.kind == CallKind::write_vector) continue;
    for (const auto& assumed : ptrace_assumed_syscalls()) CHECK(call.name != assumed);
  }
}

TEST_CASE("strings are read up to where memory ends") {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  auto* pages = static_cast<char*>(
      ::mmap(nullptr, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  REQUIRE(pages != MAP_FAILED);
  REQUIRE(::munmap(pages + 3 * page, page) == 0);
  auto read = [](const char* at) {
    return read_remote_string(::getpid(), reinterpret_cast<uint64_t>(at));
  };
  std::strcpy(pages + page - 3, "abcdef");
  CHECK(read(pages + page - 3).text == "abcdef");
  std::memset(pages, 'x', 3 * page);
  CHECK(read(pages + 3 * page - 10).state == RemoteString::State::unreadable);
  CHECK(read(pages).state == RemoteString::State::too_long);
  pages[3 * page - 1] = 0;
  CHECK(read(pages + 3 * page - 10).text == "xxxxxxxxx");
  pages[4095] = 0;
  CHECK(read(pages).text == std::string(4095, 'x'));
  CHECK(read(nullptr).state == RemoteString::State::null);
  CHECK(read(reinterpret_cast<const char*>(8)).state == RemoteString::State::unreadable);
  ::munmap(pages, 3 * page);
}

TEST_CASE("open files are named as they are, deleted ones as they were") {
  auto files = ContainerFiles::of(::getpid());
  REQUIRE(files);
  const auto directory = TempDir::create("/tmp", "slim-remote");
  REQUIRE(directory);
  const std::string odd = directory->path() + "/x (deleted)";
  const Fd kept(::open(odd.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  auto file = files->file(::getpid(), RemoteLink::fd(kept.get()));
  REQUIRE(file);
  CHECK(file->path == odd);
  CHECK_FALSE(file->deleted);
  ::unlink(odd.c_str());
  file = files->file(::getpid(), RemoteLink::fd(kept.get()));
  REQUIRE(file);
  CHECK(file->path == odd);
  CHECK(file->deleted);
  const Fd memory(::memfd_create("m", MFD_CLOEXEC));
  CHECK_FALSE(files->file(::getpid(), RemoteLink::fd(memory.get())));
  const auto pipe = make_pipe();
  REQUIRE(pipe);
  CHECK_FALSE(files->file(::getpid(), RemoteLink::fd(pipe->read.get())));
  file = files->file(::getpid(), "ns/pid");
  CHECK_FALSE(file);
}

TEST_CASE("a doorbell ends the wait, also when it was rung before") {
  auto bell = Doorbell::create();
  REQUIRE(bell);
  bell->ring();
  REQUIRE(bell->arm());
  int status = 0;
  CHECK(::waitpid(bell->pid(), &status, __WALL) == bell->pid());
  CHECK(WIFEXITED(status));
  bell->ended();
  REQUIRE(bell->arm());
  CHECK(::waitpid(bell->pid(), &status, __WALL | WNOHANG) == 0);
  bell->ring();
  CHECK(::waitpid(bell->pid(), &status, __WALL) == bell->pid());
  bell->ended();
  REQUIRE(bell->arm());  // ended and reaped by the destructor
}
