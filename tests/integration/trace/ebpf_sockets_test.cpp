// SPDX-License-Identifier: Apache-2.0
// Sockets: real addresses and ports, and that listening is told at once.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>

#include "ebpf_harness.hpp"
#include "slim/base/fd.hpp"

using namespace slim::trace;
using ebpf_test::in_directory;
using ebpf_test::the_socket;

namespace {

sockaddr_in inet(const char* address, uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &result.sin_addr);
  return result;
}

sockaddr_in6 inet6(uint16_t port) {
  sockaddr_in6 result{};
  result.sin6_family = AF_INET6;
  result.sin6_port = htons(port);
  return result;
}

template <typename Address>
const sockaddr* any(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

template <typename Address>
int bound(int type, const Address& address) {
  const int fd = ::socket(any(address)->sa_family, type, 0);
  return ::bind(fd, any(address), sizeof address) == 0 ? fd : -1;
}

// The port that getsockname tells, for the parent to compare with.
void tell_port(int fd, const std::string& name) {
  sockaddr_in6 address{};
  socklen_t length = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  const std::string link = std::to_string(ntohs(address.sin6_port));
  ::symlink(link.c_str(), in_directory(name).c_str());
}

uint16_t told_port(const std::string& name) {
  char text[16] = {};
  REQUIRE(::readlink(in_directory(name).c_str(), text, sizeof text - 1) > 0);
  return static_cast<uint16_t>(std::stoi(text));
}

}  // namespace

SLIM_TRACEE(tcp_server) {
  const int server = bound(SOCK_STREAM, inet("127.0.0.1", 0));
  if (::listen(server, 5) != 0) return 1;
  tell_port(server, "tcp-port");
  sockaddr_in address{};
  socklen_t length = sizeof address;
  ::getsockname(server, reinterpret_cast<sockaddr*>(&address), &length);
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::connect(client, any(address), sizeof address) != 0) return 2;
  if (::accept(server, nullptr, nullptr) < 0) return 3;
  ::connect(::socket(AF_INET, SOCK_STREAM, 0), any(inet("127.0.0.1", 1)), sizeof address);
  return 0;
}

TEST_CASE("a TCP server and its client have the kernel's addresses", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  const auto trace = ebpf_test::run("tcp_server");
  REQUIRE(trace.init_exit_code == 0);
  const auto port = told_port("tcp-port");
  for (const auto action : {SocketAction::bind, SocketAction::listen, SocketAction::accept}) {
    const auto* use = the_socket(trace, action, "inet", "tcp");
    REQUIRE(use);
    CHECK(use->address == "127.0.0.1");
    CHECK(use->port == port);
    CHECK(use->ephemeral == (action != SocketAction::accept));
    CHECK(use->phases == kStarting);
    CHECK(use->process.ends_with("/integration_trace"));
  }
  int connects = 0;
  for (const auto& use : trace.sockets) {
    if (use.action != SocketAction::connect) continue;
    ++connects;
    CHECK((use.port == port || use.port == 1));  // refused counts too
    CHECK(use.address == "127.0.0.1");
  }
  CHECK(connects == 2);
}

SLIM_TRACEE(fixed_ports) {
  if (::listen(bound(SOCK_STREAM, inet("0.0.0.0", 18231)), 1) != 0) return 1;
  const int six = ::socket(AF_INET6, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const auto address = inet6(18232);
  if (::bind(six, any(address), sizeof address) != 0 || ::listen(six, 1) != 0) return 2;
  if (bound(SOCK_DGRAM, inet("127.0.0.1", 18233)) < 0) return 3;
  if (::listen(::socket(AF_INET6, SOCK_STREAM, 0), 1) != 0) return 4;  // never bound
  return 0;
}

TEST_CASE("fixed ports, IPv6 and listening without a bind", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  const auto trace = ebpf_test::run("fixed_ports");
  REQUIRE(trace.init_exit_code == 0);
  const auto* four = the_socket(trace, SocketAction::listen, "inet", "tcp");
  REQUIRE(four);
  CHECK(four->port == 18231);
  CHECK_FALSE(four->ephemeral);
  const auto* udp = the_socket(trace, SocketAction::bind, "inet", "udp");
  REQUIRE(udp);
  CHECK(udp->port == 18233);
  CHECK_FALSE(udp->ephemeral);
  int fixed = 0, chosen = 0;
  for (const auto& use : trace.sockets) {
    if (use.action != SocketAction::listen || use.family != "inet6") continue;
    CHECK(use.address == "::");
    CHECK(use.v6only == (use.port == 18232));
    CHECK(use.ephemeral == (use.port != 18232));
    CHECK(use.port != 0);
    (use.ephemeral ? chosen : fixed)++;
  }
  CHECK(fixed == 1);
  CHECK(chosen == 1);
}

SLIM_TRACEE(datagrams) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  auto one = inet("127.0.0.1", 18241), two = inet("127.0.0.1", 18242),
       three = inet("127.0.0.1", 18243);
  char byte = 'x';
  iovec data{&byte, 1};
  if (::sendto(fd, &byte, 1, 0, any(one), sizeof one) < 0) return 1;
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_name = &two;
  message.msg_namelen = sizeof two;
  if (::sendmsg(fd, &message, 0) < 0) return 2;
  mmsghdr messages[2]{};
  messages[0].msg_hdr = message;
  messages[1].msg_hdr = message;
  messages[1].msg_hdr.msg_name = &three;
  if (::sendmmsg(fd, messages, 2, 0) != 2) return 3;
  return 0;
}

TEST_CASE("addresses of single datagrams are connects", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  const auto trace = ebpf_test::run("datagrams");
  REQUIRE(trace.init_exit_code == 0);
  std::set<uint16_t> ports;
  for (const auto& use : trace.sockets) {
    CHECK(use.action == SocketAction::connect);  // an autobind is no server
    CHECK(use.protocol == "udp");
    ports.insert(use.port);
  }
  CHECK(ports == std::set<uint16_t>{18241, 18242, 18243});
}

SLIM_TRACEE(unix_sockets) {
  if (::chdir(in_directory("").c_str()) != 0) return 1;
  sockaddr_un path{};
  path.sun_family = AF_UNIX;
  std::strcpy(path.sun_path, "server.sock");
  const int server = bound(SOCK_STREAM, path);
  if (::listen(server, 1) != 0) return 2;
  if (::connect(::socket(AF_UNIX, SOCK_STREAM, 0), any(path), sizeof path) != 0) return 3;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, "\0hidden", 7);
  const int abstract = ::socket(AF_UNIX, SOCK_SEQPACKET, 0);
  if (::bind(abstract, any(name), offsetof(sockaddr_un, sun_path) + 7) != 0) return 4;
  std::strcpy(path.sun_path, "nobody.sock");
  ::connect(::socket(AF_UNIX, SOCK_STREAM, 0), any(path), sizeof path);
  return 0;
}

TEST_CASE("AF_UNIX names are told, and paths among them are looked up", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  const auto trace = ebpf_test::run("unix_sockets");
  REQUIRE(trace.init_exit_code == 0);
  const auto* server = the_socket(trace, SocketAction::listen, "unix", "stream");
  REQUIRE(server);
  CHECK(server->address == "server.sock");
  const auto* abstract = the_socket(trace, SocketAction::bind, "unix", "seqpacket");
  REQUIRE(abstract);
  CHECK(abstract->address == "@hidden");
  CHECK(trace.lookups.count(in_directory("server.sock")) == 1);
  CHECK(ebpf_test::missing(trace, in_directory("nobody.sock")));
  for (const auto& [path, use] : trace.lookups) CHECK(path.find("hidden") == std::string::npos);
}

// Goes on only when somebody has seen it listen.
SLIM_TRACEE(waits_to_be_seen) {
  char byte = 0;
  if (::listen(bound(SOCK_STREAM, inet("0.0.0.0", 18251)), 1) != 0) return 1;
  return ::read(STDIN_FILENO, &byte, 1) == 0 ? 0 : 2;
}

TEST_CASE("a listening socket is told while the program runs", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  auto pipe = slim::make_pipe();
  REQUIRE(pipe);
  std::atomic<uint16_t> port{0};
  ebpf_test::RunOptions options;
  options.before_exec = [&] {
    ::dup2(pipe->read.get(), STDIN_FILENO);
    pipe->write.reset();
  };
  options.tracer.on_socket = [&](const SocketUse& use) {
    if (use.action != SocketAction::listen) return;
    port = use.port;
    pipe->write.reset();
  };
  options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  const auto trace = ebpf_test::run("waits_to_be_seen", options);
  CHECK(port == 18251);
  CHECK(trace.complete());
  CHECK(trace.init_exit_code == 0);
}
