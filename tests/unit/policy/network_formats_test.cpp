// SPDX-License-Identifier: Apache-2.0
// What each ecosystem is told; that its own tools accept it is tested end to end.
#include <catch2/catch.hpp>

#include "network_support.hpp"

using namespace slim::policy;
using namespace network_test;

namespace {

constexpr auto kListen = SocketAction::listen;
constexpr auto kBind = SocketAction::bind;
constexpr auto kConnect = SocketAction::connect;

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

// IPv4 only, both, IPv6 only, loopback, UDP, and a kernel-chosen port; two destinations and DNS.
NetworkAudit sample() {
  auto only6 = use(kListen, "tcp", "::", 82);
  only6.v6only = true;
  auto chosen = use(kListen, "tcp", "0.0.0.0", 40000, {0}, "/bin/\nevil");
  chosen.ephemeral = true;
  return audit({use(kListen, "tcp", "0.0.0.0", 80), use(kListen, "tcp", "::", 81), only6,
                use(kListen, "tcp", "127.0.0.1", 83), use(kBind, "udp", "0.0.0.0", 53), chosen,
                use(kConnect, "tcp", "192.0.2.1", 443),
                use(kConnect, "tcp", "::ffff:192.0.2.2", 5432),
                use(kConnect, "udp", "2001:db8::1", 123), use(kConnect, "udp", "10.1.1.1", 53)},
               {{80, "tcp"}, {444, "tcp"}});
}

}  // namespace

TEST_CASE("a NetworkPolicy allows what was served and asked", "[network]") {
  const auto policy = kubernetes_policy(sample(), "My_App:1.0");
  CHECK(has(policy, "name: \"my-app-1-0-observed\""));
  CHECK(has(policy, "app.kubernetes.io/name: \"my-app-1-0\""));
  CHECK(has(policy, "  ingress:\n    - ports:\n        - protocol: UDP\n          port: 53\n"));
  for (const auto* port : {"80", "81", "82"})
    CHECK(has(policy, std::string("- protocol: TCP\n          port: ") + port + "\n"));
  CHECK_FALSE(has(policy, "port: 83\n"));
  CHECK_FALSE(has(policy, "40000"));
  CHECK(has(policy, "cidr: \"192.0.2.1/32\"\n      ports:\n        - protocol: TCP\n          port: "
                    "443\n"));
  CHECK(has(policy, "cidr: \"192.0.2.2/32\""));
  CHECK(has(policy, "cidr: \"2001:db8::1/128\"\n      ports:\n        - protocol: UDP\n"));
  CHECK(has(policy, "namespaceSelector: {}"));
  // A name that an image chose cannot leave its comment.
  CHECK(has(policy, "/bin/\\x0aevil"));
}

TEST_CASE("a NetworkPolicy of nothing allows nothing", "[network]") {
  const auto policy = kubernetes_policy(audit({}), "");
  CHECK(has(policy, "app.kubernetes.io/name: \"app\""));
  CHECK(has(policy, "  ingress: []\n  egress: []\n"));
}

TEST_CASE("an nftables ruleset tells the families apart", "[network]") {
  const auto rules = nftables_ruleset(sample(), "my-app");
  CHECK(has(rules, "table inet slim_my_app {"));
  CHECK(has(rules, "    meta nfproto ipv4 tcp dport 80 accept\n"));
  CHECK(has(rules, "    tcp dport 81 accept\n"));
  CHECK(has(rules, "    meta nfproto ipv6 tcp dport 82 accept\n"));
  CHECK(has(rules, "    meta nfproto ipv4 udp dport 53 accept\n"));
  CHECK(has(rules, "    ip daddr 192.0.2.2 tcp dport 5432 accept\n"));
  CHECK(has(rules, "    ip6 daddr 2001:db8::1 udp dport 123 accept\n"));
  CHECK(has(rules, "    udp dport 53 accept\n"));
  CHECK_FALSE(has(rules, "dport 83"));
}

TEST_CASE("docker run publishes what can be reached", "[network]") {
  const auto advice = docker_advice(sample());
  CHECK(has(advice, "-p 53:53/udp -p 80:80 -p 81:81 -p 82:82\n"));
  CHECK(has(advice, "# 444/tcp: declared by EXPOSE"));
  CHECK(has(advice, "# 83/tcp on 127.0.0.1: on loopback only"));
  CHECK(has(docker_advice(audit({})), "--network none\n"));
  CHECK_FALSE(has(docker_advice(audit({use(kConnect, "udp", "10.1.1.1", 53)})), "--network none"));
}

TEST_CASE("the table names everything", "[network]") {
  const auto table = network_table(sample());
  for (const auto* part : {"80/tcp", "loopback-only", "exposed-unused", "ephemeral",
                           "udp [2001:db8::1]:123", "[undeclared]", "[root]", "/bin/\\x0aevil"})
    CHECK(has(table, part));
  CHECK(network_table(audit({})) == "Nothing listens.\n");
}

TEST_CASE("names that were asked for are told, and tied to no address", "[network]") {
  const Sockets sockets = {use(kConnect, "udp", "10.1.1.1", 53),
                           use(kConnect, "tcp", "10.1.1.2", 53, {0}, "/bin/silent"),
                           use(kConnect, "tcp", "192.0.2.1", 443)};
  const slim::trace::Names names = {{"example.org", {{"A", "AAAA"}, {kServer}}},
                                    {"a\nevil", {{"MX\n"}, {kServer}}}};
  const auto found = audit_network({sockets}, std::nullopt, names);
  const auto policy = kubernetes_policy(found, "app");
  CHECK(has(policy, "  #   example.org (A, AAAA)\n"));
  CHECK(has(policy, "  #   a\\x0aevil (MX\\x0a)\n"));
  CHECK(has(nftables_ruleset(found, "app"), "    #   example.org (A, AAAA)\n"));
  CHECK(has(network_json(found), "\"name\": \"example.org\""));
  const auto table = network_table(found);
  CHECK(has(table, "NAME ASKED"));
  // Of the two, only one was seen to ask.
  const auto unseen = table.find("resolver (no names seen)");
  REQUIRE(unseen != std::string::npos);
  CHECK(table.find("resolver (no names seen)", unseen + 1) == std::string::npos);
  CHECK(has(table.substr(table.rfind('\n', unseen)), "tcp 10.1.1.2:53"));
}
