// SPDX-License-Identifier: Apache-2.0
#include "trace/recorder.hpp"

#include <seccomp.h>
#include <catch2/catch.hpp>

#include <cerrno>

#include "trace/syscall_names.hpp"

using namespace slim;
using namespace slim::trace;

TEST_CASE("lookups are made absolute and nothing else") {
  Recorder recorder(Backend::ptrace, {});
  recorder.lookup("/", "/etc/../etc/passwd", 0);
  recorder.lookup("/srv/app", "./lib//x.so", ENOENT);
  recorder.lookup("/", "rel", ENOTDIR);
  recorder.lookup("/jail", "/bin/sh", 0);
  recorder.lookup("/", "/both", ELOOP);
  recorder.lookup("/", "/both", EACCES);
  recorder.lookup("/", "/closed/x", EACCES);
  recorder.lookup("/srv", "own", 0);
  recorder.may_write("/srv", "own");
  recorder.may_write("/srv", "");
  recorder.lookup("/srv", "", ENOENT);
  const Trace trace = recorder.take();
  CHECK(trace.lookups == std::map<std::string, LookupUse>{
                             {"/etc/../etc/passwd", {true, false}},
                             {"/srv/app/./lib//x.so", {false, true}},
                             {"/rel", {false, true}},
                             {"/jail/bin/sh", {true, false}},
                             {"/both", {.missing = true, .denied = true}},
                             {"/closed/x", {.denied = true}},
                             {"/srv/own", {.found = true, .writable = true}},
                         });
}

TEST_CASE("accesses of a file are united") {
  Recorder recorder(Backend::ptrace, {});
  recorder.file("/f", kRead, false);
  recorder.file("/f", kMapped, true);
  CHECK(recorder.take().files.at("/f") == FileUse{kRead | kMapped, true});
}

TEST_CASE("an execve is also a lookup; by descriptor it has only a file") {
  Recorder recorder(Backend::ptrace, {});
  recorder.exec("/usr", "bin/flask", "/usr/bin/python3.11");
  recorder.exec("/", "", "/usr/bin/true");
  const Trace trace = recorder.take();
  CHECK(trace.execs == std::set<ExecUse>{{"/usr/bin/flask", "/usr/bin/python3.11"},
                                         {"/usr/bin/true", "/usr/bin/true"}});
  CHECK(trace.lookups.size() == 1);
  CHECK(trace.lookups.at("/usr/bin/flask").found);
}

TEST_CASE("syscalls are named for their architecture") {
  Recorder recorder(Backend::ebpf, {});
  recorder.syscall(SCMP_ARCH_X86_64, 0, kStarting);
  recorder.syscall(SCMP_ARCH_X86, 0, kServing);
  recorder.syscall(SCMP_ARCH_X86, 361, kServing);
  recorder.syscall(SCMP_ARCH_X86_64, 464, kServing);
  recorder.syscall(SCMP_ARCH_X86_64, 4000, kServing);
  recorder.syscall(SCMP_ARCH_X86_64, 0, kStopping);
  recorder.assume("read");
  recorder.assume("lseek");
  recorder.assume("_llseek");
  const Trace trace = recorder.take();
  CHECK(trace.syscalls.at({"x86_64", "read"}) == SyscallUse{kStarting | kStopping, false});
  CHECK(trace.syscalls.count({"x86", "restart_syscall"}) == 1);
  CHECK(trace.syscalls.count({"x86", "bind"}) == 1);
  CHECK(trace.syscalls.count({"x86_64", "getxattrat"}) == 1);
  CHECK(trace.syscalls.count({"x86_64", "#4000"}) == 1);
  if (arch_name(native_arch()) == "x86_64")
    CHECK(trace.syscalls.at({"x86_64", "lseek"}) == SyscallUse{0, true});
  // 32-bit tasks were seen, so what is let run there is assumed too, where the call exists.
  CHECK(trace.syscalls.at({"x86", "_llseek"}).assumed);
  CHECK(trace.syscalls.count({"x86_64", "_llseek"}) == 0);
}

TEST_CASE("argument values are masked and united; nobody else's are taken") {
  Recorder recorder(Backend::ebpf, {});
  recorder.arguments(SCMP_ARCH_X86_64, 41 /* socket */, {2, 1 | 0x80000, 6});
  recorder.arguments(SCMP_ARCH_X86_64, 41, {2, 1 | 0x800, 6});
  recorder.arguments(SCMP_ARCH_X86_64, 16 /* ioctl */, {0x5401});
  Trace trace = recorder.take();
  CHECK(trace.syscalls.at({"x86_64", "socket"}).arguments ==
        std::set<std::vector<uint32_t>>{{2, 1, 6}});
  CHECK(trace.syscalls.at({"x86_64", "ioctl"}).arguments ==
        std::set<std::vector<uint32_t>>{{0x5401}});
  CHECK(trace.complete());
  recorder.arguments(SCMP_ARCH_X86_64, 0 /* read */, {3});
  CHECK_FALSE(recorder.take().complete());
}

TEST_CASE("a new server socket is told once, a new phase of it is added") {
  std::vector<std::string> told;
  TracerOptions options;
  options.on_socket = [&](const SocketUse& use) {
    told.push_back(use.address + ":" + std::to_string(use.port));
  };
  Recorder recorder(Backend::ptrace, options);
  SocketUse use;
  use.action = SocketAction::listen;
  use.family = "inet";
  use.address = "127.0.0.1";
  use.port = 80;
  use.users = {0};
  recorder.socket(use);
  recorder.socket(use);
  recorder.enter_phase(kServing);
  use.users = {33};
  recorder.socket(use);
  SocketUse client = use;
  client.action = SocketAction::connect;
  recorder.socket(client);
  const Trace trace = recorder.take();
  CHECK(told == std::vector<std::string>{"127.0.0.1:80"});
  REQUIRE(trace.sockets.size() == 2);
  CHECK(trace.sockets.find(use)->phases == (kStarting | kServing));
  CHECK(trace.sockets.find(use)->users == std::set<uint32_t>{0, 33});
  CHECK(trace.sockets.find(client)->phases == kServing);
}

TEST_CASE("losses make a trace incomplete, each reason once; a loss of nothing is none") {
  Recorder recorder(Backend::ebpf, {});
  recorder.loss("map_full", 0, "never");
  recorder.loss("events_lost", 2, "events were lost");
  recorder.loss("events_lost", 3, "events were lost");
  recorder.incomplete("the deadline passed");
  const Trace trace = recorder.take();
  CHECK(trace.losses == std::map<std::string, uint64_t>{{"events_lost", 5}});
  CHECK(trace.incomplete == std::vector<std::string>{"events were lost", "the deadline passed"});
}

TEST_CASE("capabilities are united: granted once is granted") {
  Recorder recorder(Backend::ebpf, {});
  recorder.capability(0, false);
  recorder.capability(0, true);
  recorder.capability(40, false);
  recorder.capability(77, false);
  const Trace trace = recorder.take();
  CHECK(trace.capabilities_known);
  CHECK(trace.capabilities == std::map<std::string, bool>{{"CAP_CHOWN", true},
                                                          {"CAP_CHECKPOINT_RESTORE", false},
                                                          {"CAP_77", false}});
}
