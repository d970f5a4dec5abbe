// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/trace.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace slim;
using namespace slim::trace;

namespace {

SocketUse listening(uint16_t port, uint32_t phases) {
  SocketUse use;
  use.action = SocketAction::listen;
  use.family = "inet";
  use.protocol = "tcp";
  use.address = "0.0.0.0";
  use.port = port;
  use.process = "/usr/sbin/nginx";
  use.phases = phases;
  return use;
}

// One of everything, with bytes that are not UTF-8, quotes, backslashes and control characters.
Trace sample() {
  Trace trace;
  trace.image_digest = "sha256:00ff";
  trace.config_digest = "sha256:ff00";
  trace.covers_start = false;
  trace.image_name = "registry.example/nginx:1.27";
  trace.architecture = "x86_64";
  trace.backend = Backend::ptrace;
  trace.files["/usr/lib/libc.so.6"] = {kRead | kMapped, true};
  trace.files["/tmp/\xff\xfe \"quoted\" \\back\n"] = {kWritten | kCreated, false};
  trace.files["/a"] = {kLookedUp | kExecuted | kListed, true};
  trace.lookups["/etc/ld.so.preload"] = {.found = false, .missing = true};
  trace.lookups["/x/../\x01y"] = {.found = true, .missing = true};
  trace.lookups["/run"] = {.found = true, .denied = true, .writable = true};
  trace.syscalls[{"x86_64", "openat"}] = {kStarting | kServing, false};
  trace.syscalls[{"x86_64", "socket"}] = {kStarting, false, {{{2, 1, 6}, {10, 2, 0}}}};
  trace.syscalls[{"x86", "#999"}] = {kStopping, false};
  trace.syscalls[{"x86_64", "read"}] = {0, true};
  trace.sockets.insert(listening(80, kStarting));
  SocketUse measured = listening(8080, kServing);
  measured.users = {0, 33, 4294967294};
  measured.since_ms = 1234;
  measured.open_at_stop = false;
  trace.sockets.insert(measured);
  trace.exposed = {"80/tcp", "53/udp"};
  trace.reachable = {"flock", "rename"};
  SocketUse abstract;
  abstract.action = SocketAction::connect;
  abstract.family = "unix";
  abstract.protocol = "stream";
  abstract.address = std::string("@\0\xffz", 4);
  abstract.ephemeral = abstract.v6only = true;
  trace.sockets.insert(abstract);
  trace.names["example.org"] = {{"A", "AAAA"}, {"/usr/bin/curl", "/bin/\xff"}};
  trace.names["a\\.b"] = {{"TYPE99"}, {}};
  trace.execs.insert({"/usr/bin/../bin/flask", "/usr/bin/python3.11"});
  trace.capabilities = {{"CAP_CHOWN", true}, {"CAP_SYS_ADMIN", false}};
  trace.capabilities_known = true;
  trace.processes = 7;
  trace.mount_points = {"/data\xc3", "/proc"};
  trace.init_exit_code = 3;
  trace.losses["events_lost"] = 12;
  trace.incomplete = {"12 events were lost"};
  return trace;
}

}  // namespace

TEST_CASE("a trace goes to JSON and back without loss") {
  const Trace original = sample();
  const std::string text = to_json(original);
  auto back = from_json(text, "t");
  REQUIRE(back);
  CHECK(*back == original);
  CHECK(to_json(*back) == text);

  Trace empty;
  auto empty_back = from_json(to_json(empty), "t");
  REQUIRE(empty_back);
  CHECK(*empty_back == empty);

  Trace killed;
  killed.init_signal = 9;
  auto killed_back = from_json(to_json(killed), "t");
  REQUIRE(killed_back);
  CHECK(*killed_back == killed);
}

TEST_CASE("the JSON of a trace has the documented shape") {
  const auto document = nlohmann::json::parse(to_json(sample()));
  CHECK(document.at("schema_version") == 1);
  CHECK(document.at("complete") == false);
  CHECK(document.at("backend") == "ptrace");
  CHECK(document.at("files").at("/usr/lib/libc.so.6").at("access") ==
        nlohmann::json({"read", "mapped"}));
  CHECK(document.at("files").contains("/tmp/\\xff\\xfe \"quoted\" \\\\back\\x0a"));
  CHECK(document.at("lookups").at("/etc/ld.so.preload") == nlohmann::json({"missing"}));
  CHECK(document.at("syscalls").at("x86_64").at("read").at("assumed") == true);
  CHECK(document.at("init_exit_code") == 3);
  CHECK(document.at("init_signal").is_null());
}

TEST_CASE("what is not a trace is refused with one line") {
  const std::string good = to_json(sample());
  auto changed = [&](auto change) {
    auto document = nlohmann::json::parse(good);
    change(document);
    return document.dump();
  };
  const std::vector<std::string> bad = {
      "",
      "[]",
      "null",
      "{}",
      "{\"schema_version\": 1}",
      "{\"schema_version\": 0}",
      "{\"schema_version\": \"1\"}",
      good.substr(0, good.size() / 2),
      changed([](auto& d) { d["schema_version"] = 2; }),
      changed([](auto& d) { d["files"] = 3; }),
      changed([](auto& d) { d["files"]["/a"]["access"] = {"readable"}; }),
      changed([](auto& d) { d["files"]["/bad\\q"] = d["files"]["/a"]; }),
      changed([](auto& d) { d["sockets"][0]["port"] = 65536; }),
      changed([](auto& d) { d["sockets"][0]["action"] = "shout"; }),
      changed([](auto& d) { d["lookups"]["/a"] = {"perhaps"}; }),
      changed([](auto& d) { d["processes"] = "many"; }),
      changed([](auto& d) { d["backend"] = "dtrace"; }),
  };
  for (const auto& text : bad) {
    INFO(text.substr(0, 60));
    auto result = from_json(text, "FILE");
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == ErrorCode::usage);
    CHECK(result.error().text().find("FILE") != std::string::npos);
    CHECK(result.error().text().find('\n') == std::string::npos);
  }
}

TEST_CASE("a trace with losses never reads as complete") {
  auto document = nlohmann::json::parse(to_json(sample()));
  document["incomplete"] = nlohmann::json::array();
  auto result = from_json(document.dump(), "t");
  REQUIRE(result);
  CHECK_FALSE(result->complete());
}

TEST_CASE("lost names are counted and leave a trace complete") {
  Trace trace;
  trace.losses[std::string(kNamesLost)] = 2;
  CHECK(trace.complete());
  const auto back = from_json(to_json(trace), "t");
  REQUIRE(back);
  CHECK(back->complete());
  CHECK(*back == trace);
}

TEST_CASE("merging unites two runs") {
  Trace a = sample();
  Trace b;
  b.processes = 2;
  b.files["/a"] = {kRead, false};
  b.files["/b"] = {kRead, false};
  b.lookups["/etc/ld.so.preload"] = {.found = true, .missing = false};
  b.syscalls[{"x86_64", "read"}] = {kServing, false};
  b.syscalls[{"x86_64", "openat"}] = {kStopping, true};
  b.syscalls[{"x86_64", "socket"}] = {kServing, false, {{{1, 1, 0}}}};
  b.sockets.insert(listening(80, kServing));
  b.sockets.insert(listening(443, kServing));
  b.names["example.org"] = {{"MX"}, {"/b"}};
  b.names["b"] = {{"A"}, {"/b"}};
  b.capabilities = {{"CAP_SYS_ADMIN", true}};
  b.losses["events_lost"] = 1;
  b.incomplete = {"12 events were lost", "another reason"};
  a.merge(b);

  CHECK(a.files["/a"] == FileUse{kLookedUp | kExecuted | kListed | kRead, true});
  CHECK(a.files["/b"] == FileUse{kRead, false});
  CHECK(a.lookups["/etc/ld.so.preload"] == LookupUse{true, true});
  CHECK(a.syscalls[{"x86_64", "read"}] == SyscallUse{kServing, false});
  CHECK(a.syscalls[{"x86_64", "openat"}] == SyscallUse{kStarting | kServing | kStopping, false});
  const std::set<std::vector<uint32_t>> united{{1, 1, 0}, {2, 1, 6}, {10, 2, 0}};
  CHECK(a.syscalls[{"x86_64", "socket"}].arguments == united);
  // What one of two runs does not tell is not known of both.
  b.syscalls[{"x86_64", "socket"}].arguments.reset();
  Trace again = a;
  again.merge(b);
  CHECK_FALSE(again.syscalls[{"x86_64", "socket"}].arguments.has_value());
  REQUIRE(a.sockets.count(listening(80, 0)) == 1);
  CHECK(a.sockets.find(listening(80, 0))->phases == (kStarting | kServing));
  CHECK(a.sockets.count(listening(443, 0)) == 1);
  CHECK(a.names["example.org"].types == std::set<std::string>{"A", "AAAA", "MX"});
  CHECK(a.names["example.org"].processes.contains("/b"));
  CHECK(a.names.contains("b"));
  CHECK(a.capabilities["CAP_SYS_ADMIN"]);
  CHECK_FALSE(a.capabilities_known);
  CHECK(a.processes == 9);
  CHECK(a.losses["events_lost"] == 13);
  CHECK(a.incomplete == std::vector<std::string>{"12 events were lost", "another reason"});
  CHECK(a.init_exit_code == 3);
}

TEST_CASE("the order of merges does not matter") {
  Trace served = sample();
  served.init_exit_code = 0;
  Trace failed = sample();
  failed.files["/b"] = {kRead, false};
  failed.lookups["/run"] = {.missing = true};
  failed.incomplete = {"another reason"};
  failed.mount_points = {"/proc", "/a"};
  Trace killed;
  killed = sample();
  killed.init_exit_code.reset();
  killed.init_signal = 15;
  Trace unseen = sample();
  unseen.init_exit_code.reset();
  std::vector<const Trace*> all{&served, &failed, &killed, &unseen};
  std::optional<Trace> first;
  do {
    Trace united = *all[0];
    for (size_t i = 1; i < all.size(); ++i) united.merge(*all[i]);
    if (!first) first = united;
    CHECK(united == *first);
  } while (std::next_permutation(all.begin(), all.end()));
  // The worst end is the one that counts.
  CHECK(first->init_signal == 15);
  CHECK_FALSE(first->init_exit_code);
  served.merge(failed);
  CHECK(served.init_exit_code == 3);
}

TEST_CASE("merging is idempotent but for counters, and a blank trace takes the other's value") {
  Trace blank;
  blank.merge(sample());
  CHECK(blank == sample());
  Trace twice = sample();
  twice.merge(sample());
  twice.processes = 7;
  twice.losses["events_lost"] = 12;
  CHECK(twice == sample());
}

TEST_CASE("the same socket of two runs: users united, the earliest time, once open is open") {
  const auto run = [](std::set<uint32_t> users, std::optional<uint64_t> since,
                      std::optional<bool> open) {
    Trace trace = sample();
    SocketUse use = listening(443, kServing);
    use.users = std::move(users);
    use.since_ms = since;
    use.open_at_stop = open;
    trace.sockets.insert(use);
    return trace;
  };
  Trace merged = run({0}, 20, true);
  merged.merge(run({33}, 10, false));
  merged.merge(run({}, std::nullopt, std::nullopt));
  const auto found = merged.sockets.find(listening(443, 0));
  REQUIRE(found != merged.sockets.end());
  CHECK(found->users == std::set<uint32_t>{0, 33});
  CHECK(found->since_ms == 10);
  CHECK(found->open_at_stop == true);
  Trace unknown = run({}, std::nullopt, std::nullopt);
  unknown.merge(run({}, 5, false));
  CHECK(unknown.sockets.find(listening(443, 0))->since_ms == 5);
  CHECK(unknown.sockets.find(listening(443, 0))->open_at_stop == false);
}

TEST_CASE("what code can do is known of merged traces if it is of both") {
  Trace merged = sample(), more = sample();
  more.reachable = {"link"};
  merged.merge(more);
  CHECK(merged.reachable == std::set<std::string>{"flock", "link", "rename"});
  more.reachable.reset();
  merged.merge(more);
  CHECK_FALSE(merged.reachable);
  merged.merge(sample());
  CHECK_FALSE(merged.reachable);
  Trace blank;
  blank.merge(sample());
  CHECK(blank.reachable == sample().reachable);
}

TEST_CASE("traces made before sockets had users and images told their EXPOSE still load") {
  auto document = nlohmann::json::parse(to_json(sample()));
  document.erase("exposed");
  document.erase("names");
  document.erase("reachable");
  for (auto& socket : document["sockets"])
    for (const char* key : {"users", "since_ms", "open_at_stop"}) socket.erase(key);
  const auto loaded = from_json(document.dump(), "old.json");
  REQUIRE(loaded);
  CHECK_FALSE(loaded->exposed);
  CHECK_FALSE(loaded->reachable);
  const auto found = loaded->sockets.find(listening(8080, 0));
  REQUIRE(found != loaded->sockets.end());
  CHECK(found->users.empty());
  CHECK_FALSE(found->since_ms);
  CHECK_FALSE(found->open_at_stop);
}

TEST_CASE("an older trace covers the start, and knows nothing of its config") {
  auto document = nlohmann::json::parse(to_json(sample()));
  document.erase("covers_start");
  document.erase("config_digest");
  const auto old = from_json(document.dump(), "t");
  REQUIRE(old);
  CHECK(old->covers_start);
  CHECK(old->config_digest.empty());
  document["covers_start"] = "partly";
  CHECK_FALSE(from_json(document.dump(), "t"));
}

TEST_CASE("one trace with the start gives it to all that it is merged with") {
  Trace observed = sample(), whole = sample();
  whole.covers_start = true;
  Trace first = observed, second = whole, neither = observed;
  first.merge(whole);
  second.merge(observed);
  neither.merge(observed);
  CHECK(first.covers_start);
  CHECK(second.covers_start);
  CHECK_FALSE(neither.covers_start);
  Trace blank;
  blank.merge(observed);
  CHECK_FALSE(blank.covers_start);
}

TEST_CASE("a program is known by what it was started as, unless that was several things") {
  Trace trace;
  trace.execs = {{"/usr/bin/redis-server", "/usr/bin/redis-check-rdb"},
                 {"/usr/bin/awk", "/usr/bin/busybox"},
                 {"/usr/bin/sed", "/usr/bin/busybox"}};
  CHECK(started_as(trace, "/usr/bin/redis-check-rdb") == "/usr/bin/redis-server");
  CHECK(started_as(trace, "/usr/bin/busybox") == "/usr/bin/busybox");
  CHECK(started_as(trace, "/srv/unknown") == "/srv/unknown");
}
