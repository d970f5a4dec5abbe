// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "confinement_input.hpp"

using namespace slim::policy;
using confinement_test::calling;
using confinement_test::FakeImage;
using confinement_test::root_of;
namespace trace = slim::trace;

namespace {

std::vector<std::string> names(const Confinement& made) {
  std::vector<std::string> list;
  for (const auto& use : made.capabilities) list.push_back(use.name);
  return list;
}

trace::SocketUse listening(uint16_t port) {
  trace::SocketUse use;
  use.family = "inet";
  use.protocol = "tcp";
  use.address = "0.0.0.0";
  use.port = port;
  return use;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("what the kernel reported stands, and only what it granted", "[confinement]") {
  auto seen = calling({"chroot", "chown"});
  seen.capabilities_known = true;
  seen.capabilities = {{"CAP_SETUID", true}, {"CAP_NET_ADMIN", false}, {"CAP_CHOWN", true}};
  const auto made = confinement(seen, root_of({}));
  CHECK(names(made) == Names{"CAP_CHOWN", "CAP_SETUID"});
  CHECK(made.capabilities_observed);
  CHECK(made.capabilities[0].observed);
  CHECK(made.root_needed);
}

TEST_CASE("who lets users log in can give them a terminal", "[confinement]") {
  auto seen = calling({"setsid", "setresuid"});
  seen.capabilities_known = true;
  seen.capabilities = {{"CAP_SETUID", true}};
  CHECK(names(confinement(seen, root_of({}))) == Names{"CAP_SETUID"});  // a daemon
  seen.files["/etc/shadow"] = {trace::kRead, true};
  const auto made = confinement(seen, root_of({}));
  CHECK(names(made) == Names{"CAP_CHOWN", "CAP_FOWNER", "CAP_SETUID"});
  CHECK_FALSE(made.capabilities[0].observed);
  auto without = root_of({});
  without.capabilities = {"CAP_SETUID"};  // what the run did not have it is not given
  CHECK(names(confinement(seen, without)) == Names{"CAP_SETUID"});
  seen.syscalls[{"x86_64", "setsid"}] = {0, true};  // a tracer that does not see it assumes it
  CHECK(names(confinement(seen, root_of({}))).size() == 3);
  seen.syscalls.erase({"x86_64", "setsid"});
  CHECK(names(confinement(seen, root_of({}))) == Names{"CAP_SETUID"});
}

TEST_CASE("root's scripts can do what their commands are for", "[confinement]") {
  auto seen = calling({"openat"});
  seen.capabilities_known = true;
  auto input = root_of({});
  // A directory that belongs to somebody else next time may let nobody else in.
  input.commands = {"chown", "sed"};
  CHECK(names(confinement(seen, input)) == Names{"CAP_CHOWN", "CAP_DAC_OVERRIDE"});
  input.commands = {"install"};
  CHECK(names(confinement(seen, input)) == Names{"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"});
  input.commands = {"chmod"};
  CHECK(names(confinement(seen, input)) == Names{"CAP_FOWNER"});
  input.uid = 33;  // whose chown fails in any case
  CHECK(names(confinement(seen, input)).empty());
}

TEST_CASE("without reports capabilities follow from calls", "[confinement]") {
  const auto made = confinement(calling({"setuid", "setgroups", "chroot", "mount"}), root_of({}));
  // Not CAP_SYS_ADMIN: the run had none, so mount failed.
  CHECK(names(made) == Names{"CAP_SETGID", "CAP_SETUID", "CAP_SYS_CHROOT"});
  CHECK_FALSE(made.capabilities[0].observed);
  CHECK(made.capabilities[1].reason == "setuid was called");
  CHECK_FALSE(made.notes.empty());
}

TEST_CASE("signals need a capability only among several users", "[confinement]") {
  CHECK(names(confinement(calling({"kill"}), root_of({}))).empty());
  CHECK(names(confinement(calling({"kill", "setresuid"}), root_of({}))) ==
        Names{"CAP_KILL", "CAP_SETUID"});
}

TEST_CASE("a user other than root has no capabilities to need", "[confinement]") {
  auto input = root_of({});
  input.uid = 999;
  const auto made = confinement(calling({"setuid", "chown"}), input);
  CHECK(names(made).empty());
  CHECK_FALSE(made.root_needed);
}

TEST_CASE("assumed calls need no capability", "[confinement]") {
  auto seen = calling({});
  seen.syscalls[{"x86_64", "chown"}] = {0, true};
  CHECK(names(confinement(seen, root_of({}))).empty());
}

TEST_CASE("a port below 1024 is privileged in the host's network alone", "[confinement]") {
  auto seen = calling({});
  seen.sockets = {listening(80)};
  auto input = root_of({});
  CHECK(names(confinement(seen, input)).empty());
  input.own_network = false;
  CHECK(names(confinement(seen, input)) == Names{"CAP_NET_BIND_SERVICE"});
}

TEST_CASE("raw sockets need a capability", "[confinement]") {
  auto seen = calling({});
  trace::SocketUse raw;
  raw.action = trace::SocketAction::connect;
  raw.family = "inet";
  raw.protocol = "raw";
  seen.sockets = {raw};
  CHECK(names(confinement(seen, root_of({}))) == Names{"CAP_NET_RAW"});
}

TEST_CASE("root opens what is another's only by capability", "[confinement]") {
  FakeImage image;
  image.add("/var/data", 0700, 33, 33).add("/var/data/file", 0644, 33, 33);
  image.add("/etc", 0755).add("/etc/shadow", 0640, 0, 42);
  auto seen = calling({});
  seen.files["/etc/shadow"] = {trace::kRead, true};
  CHECK(names(confinement(seen, root_of(image))).empty());
  seen.files["/var/data/file"] = {trace::kRead, true};
  CHECK(names(confinement(seen, root_of(image))) == Names{"CAP_DAC_OVERRIDE"});
}

TEST_CASE("root is needed where a file is its alone", "[confinement]") {
  FakeImage image;
  image.add("/etc", 0755).add("/etc/shadow", 0640, 0, 42).add("/etc/hosts", 0644);
  auto seen = calling({});
  seen.files["/etc/hosts"] = {trace::kRead, true};
  CHECK_FALSE(confinement(seen, root_of(image)).root_needed);
  seen.files["/etc/shadow"] = {trace::kRead, true};
  const auto made = confinement(seen, root_of(image));
  CHECK(made.root_needed);
  CHECK(made.root_reason.find("/etc/shadow") != std::string::npos);
}

TEST_CASE("a set-user-ID program speaks against no-new-privileges", "[confinement]") {
  FakeImage image;
  image.add("/bin", 0755).add("/bin/su", 04755).add("/bin/sh", 0755);
  auto seen = calling({});
  seen.execs = {{"/bin/sh", "/bin/sh"}};
  CHECK(confinement(seen, root_of(image)).possible.no_new_privileges);
  seen.execs = {{"/bin/su", "/bin/su"}};
  const auto made = confinement(seen, root_of(image));
  CHECK_FALSE(made.possible.no_new_privileges);
  CHECK(made.elevating == Names{"/bin/su"});
}

TEST_CASE("a program with file capabilities needs them to be executed", "[confinement]") {
  FakeImage image;
  image.add("/bin", 0755).add("/bin/web", 0755).add("/bin/sh", 0755);
  image.entries["/bin/web"].elevates = true;
  image.entries["/bin/web"].insists_on = {"CAP_NET_BIND_SERVICE", "CAP_SYS_TIME"};
  auto input = root_of(image);
  input.uid = 33;
  auto seen = calling({});
  seen.capabilities_known = true;
  seen.execs = {{"/bin/sh", "/bin/sh"}};
  CHECK(names(confinement(seen, input)).empty());
  seen.execs = {{"/bin/web", "/bin/web"}};
  const auto made = confinement(seen, input);
  CHECK(names(made) == Names{"CAP_NET_BIND_SERVICE", "CAP_SYS_TIME"});
  CHECK(made.capabilities[0].reason == "/bin/web can only be executed with it");
  CHECK_FALSE(made.possible.no_new_privileges);
}

TEST_CASE("a trace alone gives directories without owner", "[confinement]") {
  auto seen = calling({"setuid"});
  seen.files["/run/app/pid"] = {trace::kCreated, true};
  seen.files["/run/lock"] = {trace::kCreated, true};
  ConfinementInput input;
  input.capabilities = {"CAP_SETUID", "CAP_DAC_OVERRIDE"};
  const auto made = confinement(seen, input);
  REQUIRE(made.writable.size() == 1);
  CHECK(tmpfs_option(made.writable[0]) == "/run");
  CHECK(names(made) == Names{"CAP_DAC_OVERRIDE", "CAP_SETUID"});
  CHECK_FALSE(made.notes.empty());
}

TEST_CASE("confinement.json says what is needed, and what was proven", "[confinement]") {
  auto seen = calling({"setuid"});
  seen.files["/run/a\xff"] = {trace::kCreated, true};
  FakeImage image;
  image.add("/run", 0755);
  const auto made = confinement(seen, root_of(image));
  const auto plain = nlohmann::json::parse(to_json(made, std::nullopt));
  CHECK(plain["capabilities"]["holds"].is_null());
  CHECK(plain["read_only"]["writable"][0]["mode"] == "0755");
  CHECK(plain["read_only"]["writable"][0]["examples"][0] == "/run/a\\xff");
  const auto proven = nlohmann::json::parse(to_json(made, Measures{true, false, true}));
  CHECK(proven["capabilities"]["needed"][0]["evidence"] == "deduced");
  CHECK(proven["capabilities"]["holds"] == true);
  CHECK(proven["read_only"]["holds"] == false);
}
