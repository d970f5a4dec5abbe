// SPDX-License-Identifier: Apache-2.0
// A container that runs already when the tracer comes.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstddef>
#include <string>
#include <thread>

#include "ebpf_harness.hpp"
#include "slim/base/fd.hpp"
#include "slim/base/file.hpp"
#include "trace/ebpf/ebpf_tracer.hpp"

using namespace slim::trace;
using ebpf_test::called;
using ebpf_test::has_file;
using ebpf_test::in_directory;

namespace {

constexpr uint16_t kServed = 18240, kDatagrams = 18241, kBlocking = 18242, kDns = 53;

sockaddr_in local(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* any(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int bound(int type, uint16_t port) {
  const auto address = local(port);
  const int fd = ::socket(AF_INET, type, 0), on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return ::bind(fd, any(address), sizeof address) == 0 ? fd : -1;
}

int connected(int type, uint16_t port) {
  const auto address = local(port);
  const int fd = ::socket(AF_INET, type, 0);
  return ::connect(fd, any(address), sizeof address) == 0 ? fd : -1;
}

int listening(uint16_t port) {
  const int fd = bound(SOCK_STREAM, port);
  return ::listen(fd, 5) == 0 ? fd : -1;
}

int listening_at(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0) return -1;
  return ::listen(fd, 5) == 0 ? fd : -1;
}

bool is_in_call(pid_t thread, long number) {
  const auto call = slim::read_file("/proc/self/task/" + std::to_string(thread) + "/syscall");
  return call && call->starts_with(std::to_string(number) + " ");
}

bool has_socket(const Trace& trace, SocketAction action, const std::string& protocol,
                uint16_t port) {
  for (const auto& use : trace.sockets)
    if (use.action == action && use.protocol == protocol && use.port == port &&
        use.address == "127.0.0.1" && use.process.ends_with("/integration_trace"))
      return true;
  return false;
}

}  // namespace

SLIM_TRACEE(was_there) {
  const int file = ::open(in_directory("held").c_str(), O_CREAT | O_RDWR, 0600);
  ::open(in_directory("let-go").c_str(), O_CREAT | O_RDWR, 0600);
  ::close(file + 1);
  ::mkdir(in_directory("inside").c_str(), 0700);
  if (::chdir(in_directory("inside").c_str()) != 0) return 1;
  const int server = listening(kServed);
  const int client = connected(SOCK_STREAM, kServed);
  if (::accept(server, nullptr, nullptr) < 0 || client < 0) return 2;
  if (bound(SOCK_DGRAM, kDatagrams) < 0) return 3;
  if (listening_at(in_directory("socket")) < 0) return 4;
  const int blocking = listening(kBlocking);
  const int resolver = connected(SOCK_DGRAM, kDns);
  if (::fork() == 0) {
    for (;;) ::pause();
  }
  std::atomic<pid_t> receiver = 0;
  std::thread([&receiver] {
    char byte = 0;
    receiver = ::gettid();
    ::recv(STDIN_FILENO, &byte, 1, 0);  // until it is killed
  }).detach();
  // The tracer comes before the next call, in it, or while it waits: each has to do.
  if (::write(STDIN_FILENO, "x", 1) != 1) return 5;
  if (::accept4(blocking, nullptr, nullptr, SOCK_CLOEXEC) < 0) return 6;
  // A query of slim.example, type A: RFC 1035, 4.1.
  const char query[] = "\1\1\1\0\0\1\0\0\0\0\0\0\4slim\7example\0\0\1\0\1";
  if (::write(resolver, query, sizeof query - 1) < 0) return 7;
  ::access(in_directory("later").c_str(), F_OK);
  // A busy machine may let the thread begin only now.
  while (!is_in_call(receiver, SYS_recvfrom)) ::sched_yield();
  return 0;
}

TEST_CASE("what a running container does and has open is taken over", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  slim::Fd mine(ends[0]), theirs(ends[1]);
  ebpf_test::RunOptions options;
  options.tracer.adopt = true;
  options.before_exec = [&] {
    ::dup2(theirs.get(), STDIN_FILENO);
    mine.reset();
    theirs.reset();
  };
  options.until_ready = [&] {
    char byte = 0;
    REQUIRE(::read(mine.get(), &byte, 1) == 1);
  };
  options.meanwhile = [&](Tracer&, pid_t pid) {
    const slim::Fd client(connected(SOCK_STREAM, kBlocking));
    REQUIRE(client);
    siginfo_t ended{};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) == 0);
  };
  const auto trace = ebpf_test::run("was_there", options);
  CHECK(trace.init_exit_code == 0);
  CHECK(trace.complete());
  CHECK_FALSE(trace.covers_start);
  CHECK(trace.processes == 2);

  CHECK(has_file(trace, in_directory("held"), kRead | kWritten));
  CHECK(trace.files.count(in_directory("let-go")) == 0);
  CHECK(has_file(trace, in_directory("inside"), kLookedUp));
  CHECK(ebpf_test::missing(trace, in_directory("later")));
  REQUIRE(trace.execs.size() == 1);
  const std::string program = trace.execs.begin()->file;
  CHECK(program.ends_with("/integration_trace"));
  CHECK(has_file(trace, program, kExecuted | kMapped));

  CHECK(has_socket(trace, SocketAction::listen, "tcp", kServed));
  CHECK(has_socket(trace, SocketAction::bind, "udp", kDatagrams));
  // Both ends of one connection.
  CHECK(has_socket(trace, SocketAction::accept, "tcp", kServed));
  CHECK(has_socket(trace, SocketAction::connect, "tcp", kServed));
  CHECK(has_socket(trace, SocketAction::connect, "udp", kDns));
  CHECK_FALSE(has_socket(trace, SocketAction::bind, "tcp", kServed));
  for (const auto& use : trace.sockets)
    if (use.port == kServed) CHECK_FALSE(use.since_ms);  // nobody saw when
  CHECK(ebpf_test::the_socket(trace, SocketAction::listen, "unix", "stream")->address ==
        in_directory("socket"));
  CHECK(ebpf_test::found(trace, in_directory("socket")));

  // Of calls that may have begun before.
  CHECK(has_socket(trace, SocketAction::accept, "tcp", kBlocking));
  CHECK(called(trace, "accept4"));
  CHECK(called(trace, "recvfrom"));
  CHECK_FALSE(called(trace, "socket"));
  CHECK(trace.names.count("slim.example") == 1);
}

TEST_CASE("nothing but eBPF can take over a running container", "[ebpf]") {
  TracerOptions options;
  options.adopt = true;
  const auto made = create_tracer(TracerChoice::ptrace, options);
  REQUIRE_FALSE(made);
  CHECK(made.error().code() == slim::ErrorCode::unsupported);
}
