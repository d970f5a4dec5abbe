// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "network_support.hpp"

using namespace slim::policy;
using namespace network_test;
using Json = nlohmann::json;
using Texts = std::set<std::string>;

namespace {
constexpr auto kListen = SocketAction::listen;
constexpr auto kBind = SocketAction::bind;
constexpr auto kConnect = SocketAction::connect;
constexpr auto kAccept = SocketAction::accept;
}  // namespace

TEST_CASE("a port that root opens and another user serves is not served by root", "[network]") {
  const auto found = audit({use(kListen, "tcp", "0.0.0.0", 80, {0}),
                            use(kAccept, "tcp", "127.0.0.1", 80, {33})},
                           {{80, "tcp"}});
  REQUIRE(found.listening.size() == 1);
  CHECK(found.listening[0].accepted);
  CHECK(found.listening[0].served_by == std::set<uint32_t>{33});
  CHECK(findings(found).empty());
  const auto by_root = audit({use(kListen, "tcp", "0.0.0.0", 80, {0}),
                              use(kAccept, "tcp", "127.0.0.1", 80, {0, 33})},
                             {{80, "tcp"}});
  CHECK(findings(by_root) == Texts{"root 80/tcp"});
  CHECK(findings(audit({use(kBind, "udp", "0.0.0.0", 53, {0})}, {{53, "udp"}})) ==
        Texts{"root 53/udp"});
}

TEST_CASE("against EXPOSE: undeclared, unused, and loopback that EXPOSE promises", "[network]") {
  const auto found = audit({use(kListen, "tcp", "10.0.0.2", 80, {1}),
                            use(kAccept, "tcp", "10.0.0.2", 80, {1}),
                            use(kListen, "tcp", "127.0.0.1", 9000, {1})},
                           {{443, "tcp"}, {9000, "tcp"}});
  CHECK(findings(found) == Texts{"undeclared 80/tcp", "unused 443/tcp", "unused 9000/tcp"});
  CHECK(found.findings[2].message.find("served on loopback only") != std::string::npos);
}

TEST_CASE("without knowing EXPOSE nothing is said about it", "[network]") {
  const auto found = audit_network({{use(kListen, "tcp", "0.0.0.0", 80, {1}),
                                     use(kAccept, "tcp", "127.0.0.1", 80, {1})}},
                                   std::nullopt);
  CHECK(findings(found).empty());
  CHECK(failed_rules(found, {"undeclared"}).error().code() == slim::ErrorCode::usage);
  CHECK(failed_rules(found, {"root"}).value().empty());
}

TEST_CASE("all addresses, but only the container itself is known to connect", "[network]") {
  const Sockets sockets = {
      use(kListen, "tcp", "::", 6000, {1}), use(kAccept, "tcp", "::ffff:127.0.0.1", 6000, {1}),
      use(kConnect, "tcp", "127.0.0.1", 6000, {1}, "/usr/bin/worker")};
  const auto found = audit(sockets);
  CHECK(findings(found) == Texts{"undeclared 6000/tcp", "all-interfaces 6000/tcp"});
  CHECK(found.listening[0].own_clients == Texts{"/usr/bin/worker"});
  CHECK(found.connections[0].kind == Connection::Kind::own);
  // What EXPOSE names is meant for others; a port that is used by somebody unknown may be, too.
  CHECK(findings(audit(sockets, {{6000, "tcp"}})).empty());
  const auto probed = audit({use(kListen, "tcp", "::", 6000, {1}),
                             use(kAccept, "tcp", "::1", 6000, {1})});
  CHECK(findings(probed) == Texts{"undeclared 6000/tcp"});
  const auto unused = audit({use(kListen, "tcp", "0.0.0.0", 6000, {1})});
  CHECK(findings(unused) ==
        Texts{"undeclared 6000/tcp", "all-interfaces 6000/tcp", "unprobed 6000/tcp"});
}

TEST_CASE("an accept on an address belongs to the listener of that address", "[network]") {
  const auto found = audit({use(kListen, "tcp", "10.0.0.1", 80, {1}),
                            use(kListen, "tcp", "10.0.0.2", 80, {1}),
                            use(kAccept, "tcp", "10.0.0.2", 80, {1})},
                           {{80, "tcp"}});
  REQUIRE(found.listening.size() == 2);
  CHECK_FALSE(found.listening[0].accepted);
  CHECK(found.listening[1].accepted);
}

TEST_CASE("connections: outside, name servers, loopback, and those that send nothing", "[network]") {
  const auto found = audit({
      use(kConnect, "tcp", "192.0.2.1", 443), use(kConnect, "udp", "192.0.2.1", 443),
      use(kConnect, "udp", "192.0.2.9", 123), use(kConnect, "udp", "192.0.2.8", 65535),
      use(kConnect, "udp", "10.0.0.53", 53), use(kConnect, "udp", "127.0.0.53", 53),
      use(kConnect, "tcp", "::1", 5432), use(kConnect, "udp", "192.0.2.7", 0),
      use(kConnect, "udp", "0.0.0.0", 80), use(kListen, "tcp", "0.0.0.0", 80, {1}),
      use(SocketAction::accept, "tcp", "127.0.0.1", 80, {1})}, {{80, "tcp"}});
  Texts kinds;
  for (const auto& to : found.connections)
    kinds.insert(to.protocol + " " + to.address + " " + std::string(name(to.kind)) +
                 (to.perhaps_unsent ? " unsent" : ""));
  CHECK(kinds == Texts{"tcp 192.0.2.1 outside", "udp 192.0.2.1 outside unsent",
                       "udp 192.0.2.9 outside", "udp 192.0.2.8 outside unsent",
                       "udp 10.0.0.53 resolver", "udp 127.0.0.53 resolver", "tcp ::1 loopback",
                       "udp 0.0.0.0 loopback unsent"});
  CHECK(findings(found) == Texts{"outbound tcp 192.0.2.1:443", "outbound udp 192.0.2.9:123",
                                 "dns udp 10.0.0.53:53", "dns udp 127.0.0.53:53"});
}

TEST_CASE("a name server of the container's own is no resolver", "[network]") {
  const auto found = audit({use(kBind, "udp", "127.0.0.1", 53, {1}),
                            use(kConnect, "udp", "127.0.0.1", 53, {1})});
  REQUIRE(found.connections.size() == 1);
  CHECK(found.connections[0].kind == Connection::Kind::own);
}

TEST_CASE("local sockets: paths, abstract names, and who serves them", "[network]") {
  const auto found = audit({use(kBind, "stream", "/run/a.sock", 0),
                            use(kListen, "stream", "/run/a.sock", 0),
                            use(kBind, "dgram", "@log", 0),
                            use(kConnect, "stream", "/run/a.sock", 0),
                            use(kConnect, "stream", "/run/other.sock", 0),
                            use(kBind, "dgram", "", 0)});
  Texts texts;
  for (const auto& local : found.local)
    texts.insert(std::string(slim::trace::name(local.action)) + " " + local.address +
                 (local.abstract ? " abstract" : "") + (local.served_here ? " own" : ""));
  CHECK(texts == Texts{"listen /run/a.sock", "bind log abstract", "connect /run/a.sock own",
                       "connect /run/other.sock"});
}

TEST_CASE("a port that differs from run to run is ephemeral, one that is added is not",
          "[network]") {
  const auto run = [](std::set<uint16_t> ports) {
    Sockets sockets;
    for (const uint16_t port : ports) sockets.insert(use(kListen, "tcp", "0.0.0.0", port, {1}));
    return sockets;
  };
  const auto states = [](const NetworkAudit& audit) {
    Texts result;
    for (const auto& port : audit.ports())
      result.insert(std::to_string(port.port) + " " + port.state);
    return result;
  };
  const std::vector<ExposedPort> exposed = {{80, "tcp"}};
  CHECK(states(audit_network({run({80, 40001}), run({80, 40002})}, exposed)) ==
        Texts{"80 used", "40001 ephemeral", "40002 ephemeral"});
  CHECK(states(audit_network({run({80}), run({80, 8443})}, exposed)) ==
        Texts{"80 used", "8443 used"});
  CHECK(states(audit_network({run({80, 40001})}, exposed)) == Texts{"80 used", "40001 used"});
  // One finding for the program, whatever the numbers were.
  const auto found = audit_network({run({80, 40001}), run({80, 40002})}, exposed);
  CHECK(findings(found).count("ephemeral tcp of /usr/sbin/server") == 1);
}

TEST_CASE("a UDP port that was given up is where answers came to, not a server's", "[network]") {
  const auto state_of = [](std::optional<bool> open_at_stop, const char* protocol) {
    SocketUse socket =
        use(protocol == std::string("udp") ? SocketAction::bind : kListen, protocol, "0.0.0.0", 40001);
    socket.open_at_stop = open_at_stop;
    return audit({socket}).ports().at(0).state;
  };
  CHECK(state_of(false, "udp") == "ephemeral");
  CHECK(state_of(true, "udp") == "used");
  CHECK(state_of(std::nullopt, "udp") == "used");
  CHECK(state_of(false, "tcp") == "used");
}

TEST_CASE("gates: known rules with findings fail, in the rules' order", "[network]") {
  const auto found = audit({use(kListen, "tcp", "0.0.0.0", 80, {0})}, {{443, "tcp"}});
  CHECK(failed_rules(found, {"root", "undeclared", "outbound", "root"}).value() ==
        std::vector<std::string>{"undeclared", "root"});
  CHECK(failed_rules(found, {}).value().empty());
  const auto unknown = failed_rules(found, {"everything"});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code() == slim::ErrorCode::usage);
  CHECK(unknown.error().text().find("all-interfaces") != std::string::npos);
  // An older trace does not tell users: no gate passes for want of knowledge.
  CHECK_FALSE(failed_rules(audit({use(kListen, "tcp", "0.0.0.0", 80, {})}), {"root"}));
}

TEST_CASE("ports.json keeps its contract and tells more", "[network]") {
  auto socket = use(kListen, "tcp", "::", 5000, {7});
  socket.since_ms = 250;
  socket.open_at_stop = true;
  const auto found =
      audit({socket, use(kAccept, "tcp", "::ffff:127.0.0.1", 5000, {8})}, {{9090, "tcp"}});
  const auto json = Json::parse(ports_json(found));
  REQUIRE(json.is_array());
  REQUIRE(json.size() == 2);
  CHECK(json[0] == Json{{"port", 5000},
                        {"protocol", "tcp"},
                        {"address", "::"},
                        {"family", "inet6"},
                        {"process", kServer},
                        {"state", "used"},
                        {"in_expose", false},
                        {"users", {7}},
                        {"first_used", {"starting"}},
                        {"since_ms", 250},
                        {"open_at_stop", true},
                        {"ipv6_only", false},
                        {"accepted", true},
                        {"served_by_users", {8}}});
  CHECK(json[1] == Json{{"port", 9090},
                        {"protocol", "tcp"},
                        {"address", ""},
                        {"family", ""},
                        {"process", ""},
                        {"state", "exposed-unused"},
                        {"in_expose", true}});
  CHECK(ports_json(NetworkAudit{}) == "[]\n");
}

TEST_CASE("network.json has everything once, and bytes that are not text escaped", "[network]") {
  const auto found = audit({use(kConnect, "tcp", "192.0.2.1", 443, {5}, "/bin/\xff"),
                            use(kBind, "dgram", "@a\nb", 0, {5})});
  const auto json = Json::parse(network_json(found));
  CHECK(json["schema_version"] == 1);
  CHECK(json["expose_known"] == true);
  CHECK(json["connections"][0]["process"] == "/bin/\\xff");
  CHECK(json["connections"][0]["kind"] == "outside");
  CHECK(json["unix"][0]["abstract"] == "a\\x0ab");
  CHECK(json["findings"][0]["rule"] == "outbound");
}
