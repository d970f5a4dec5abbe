// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "slim/policy/ports.hpp"

using namespace slim::policy;
namespace trace = slim::trace;
using trace::SocketAction;

namespace {

trace::SocketUse use(SocketAction action, const char* family, const char* protocol,
                     const char* address, uint16_t port, bool ephemeral = false) {
  trace::SocketUse socket;
  socket.action = action;
  socket.family = family;
  socket.protocol = protocol;
  socket.address = address;
  socket.port = port;
  socket.ephemeral = ephemeral;
  socket.process = "/usr/bin/server";
  socket.phases = trace::kServing;
  return socket;
}

std::vector<PortUse> ports_of(std::initializer_list<trace::SocketUse> sockets,
                              std::vector<ExposedPort> exposed = {}) {
  trace::Trace trace;
  trace.sockets = sockets;
  return ports(trace, exposed);
}

}  // namespace

TEST_CASE("a listening port is used", "[ports]") {
  const auto found = ports_of({use(SocketAction::bind, "inet", "tcp", "0.0.0.0", 80),
                               use(SocketAction::listen, "inet", "tcp", "0.0.0.0", 80),
                               use(SocketAction::accept, "inet", "tcp", "10.0.0.2", 80),
                               use(SocketAction::connect, "inet", "tcp", "10.0.0.9", 5432)},
                              {{80, "tcp"}});
  REQUIRE(found.size() == 1);
  CHECK(found[0] == PortUse{80, "tcp", "0.0.0.0", "inet", "/usr/bin/server", "used", true});
  CHECK(served(found) == std::vector<ExposedPort>{{80, "tcp"}});
}

TEST_CASE("TCP that is bound and never listens is no port", "[ports]") {
  CHECK(ports_of({use(SocketAction::bind, "inet", "tcp", "0.0.0.0", 80)}).empty());
}

TEST_CASE("UDP is served by an explicit bind", "[ports]") {
  const auto found = ports_of({use(SocketAction::bind, "inet", "udp", "0.0.0.0", 53),
                               use(SocketAction::connect, "inet", "udp", "10.0.0.1", 123),
                               use(SocketAction::bind, "inet6", "udp", "::", 40000, true)});
  REQUIRE(found.size() == 2);
  CHECK(found[0].state == "used");
  CHECK(found[1].state == "ephemeral");
  CHECK(served(found) == std::vector<ExposedPort>{{53, "udp"}});
}

TEST_CASE("loopback is not exposed, in any spelling", "[ports]") {
  for (const auto* address : {"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"}) {
    const auto found =
        ports_of({use(SocketAction::listen, "inet6", "tcp", address, 8080)}, {{8080, "tcp"}});
    REQUIRE(found.size() == 2);
    CHECK(found[0].state == "exposed-unused");
    CHECK(found[1].state == "loopback-only");
    CHECK(found[1].in_expose);
    CHECK(served(found).empty());
  }
}

TEST_CASE("a port on loopback and outside is used", "[ports]") {
  const auto found = ports_of({use(SocketAction::listen, "inet", "tcp", "127.0.0.1", 6379),
                               use(SocketAction::listen, "inet", "tcp", "172.17.0.2", 6379)},
                              {{6379, "tcp"}});
  REQUIRE(found.size() == 2);
  CHECK(served(found) == std::vector<ExposedPort>{{6379, "tcp"}});
}

TEST_CASE("EXPOSE that nothing serves is told", "[ports]") {
  const auto found = ports_of({use(SocketAction::listen, "inet6", "tcp", "::", 80)},
                              {{80, "tcp"}, {80, "udp"}, {443, "tcp"}});
  REQUIRE(found.size() == 3);
  CHECK(found[1] == PortUse{80, "udp", "", "", "", "exposed-unused", true});
  CHECK(found[2] == PortUse{443, "tcp", "", "", "", "exposed-unused", true});
}

TEST_CASE("ports that the kernel chose are ephemeral unless declared", "[ports]") {
  CHECK(ports_of({use(SocketAction::listen, "inet", "tcp", "0.0.0.0", 34567, true)})[0].state ==
        "ephemeral");
  CHECK(ports_of({use(SocketAction::listen, "inet", "tcp", "0.0.0.0", 34567, true)},
                 {{34567, "tcp"}})[0]
            .state == "used");
}

TEST_CASE("local sockets are no ports", "[ports]") {
  CHECK(ports_of({use(SocketAction::listen, "unix", "stream", "/run/x.sock", 0),
                  use(SocketAction::bind, "unix", "dgram", "@abstract", 0),
                  use(SocketAction::bind, "netlink", "raw", "", 0)})
            .empty());
}

TEST_CASE("EXPOSE as a trace tells it") {
  CHECK(parse_exposed("80/tcp") == ExposedPort{80, "tcp"});
  CHECK(parse_exposed("65535/sctp") == ExposedPort{65535, "sctp"});
  for (const auto* text : {"", "80", "/tcp", "0/tcp", "65536/tcp", "80x/tcp", "80/icmp", "80/"})
    CHECK_FALSE(parse_exposed(text));
}
