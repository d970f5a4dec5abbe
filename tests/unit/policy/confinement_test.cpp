// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <map>
#include <nlohmann/json.hpp>

#include "slim/policy/confinement.hpp"

using namespace slim::policy;
namespace trace = slim::trace;

namespace {

// An image of plain paths; symlinks are spelled out by the test that needs them.
struct FakeImage {
  std::map<std::string, ImageEntry> entries{{"/", {true, "/", 0, 0, 0755, false}}};

  FakeImage& add(const std::string& path, uint32_t mode, uint32_t uid = 0, uint32_t gid = 0) {
    entries[path] = {true, path, uid, gid, mode, (mode & 06000) != 0};
    return *this;
  }
  ImageLookup lookup() const {
    return [copy = entries](const std::string& path) {
      const auto found = copy.find(path);
      return found == copy.end() ? ImageEntry{false, path, 0, 0, 0, false} : found->second;
    };
  }
};

trace::Trace calling(std::initializer_list<const char*> calls) {
  trace::Trace made;
  made.architecture = "x86_64";
  made.mount_points = {"/proc", "/dev", "/sys", "/data"};
  for (const char* call : calls) made.syscalls[{"x86_64", call}] = {trace::kStarting, false};
  return made;
}

ConfinementInput root_of(const FakeImage& image) {
  ConfinementInput input;
  input.image = image.lookup();
  input.uid = 0;
  input.capabilities = {"CAP_CHOWN",  "CAP_DAC_OVERRIDE",     "CAP_FOWNER", "CAP_FSETID",
                        "CAP_SETUID", "CAP_NET_BIND_SERVICE", "CAP_SETGID", "CAP_NET_RAW",
                        "CAP_KILL",   "CAP_SYS_CHROOT",       "CAP_MKNOD"};
  return input;
}

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
using Kind = WritablePath::Kind;

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

TEST_CASE("a scripting language's programs may make temporary files", "[confinement]") {
  FakeImage image;
  auto seen = calling({});
  seen.files["/usr/bin/ruby3.1"] = {trace::kExecuted, true};
  CHECK(confinement(seen, root_of(image)).writable.empty());
  image.add("/tmp", 01777);
  const auto made = confinement(seen, root_of(image));
  REQUIRE(made.writable.size() == 1);
  CHECK(tmpfs_option(made.writable[0]) == "/tmp:uid=0,gid=0,mode=1777");
  seen.mount_points = {"/tmp"};
  CHECK(confinement(seen, root_of(image)).writable.empty());
  seen.mount_points.clear();
  seen.files.erase("/usr/bin/ruby3.1");
  CHECK(confinement(seen, root_of(image)).writable.empty());
}

TEST_CASE("writable are the image's directories above what was made", "[confinement]") {
  FakeImage image;
  image.add("/run", 0755).add("/var", 0755).add("/var/lib", 0755).add("/tmp", 01777);
  image.add("/run/app", 02775, 33, 34);
  auto seen = calling({});
  seen.files["/run/app/pid"] = {trace::kWritten | trace::kCreated, true};
  seen.files["/var/lib/new/deep/file"] = {trace::kCreated, true};
  seen.files["/tmp/a.so"] = {trace::kWritten | trace::kCreated | trace::kMapped, true};
  seen.files["/dev/null"] = {trace::kWritten, false};
  const auto made = confinement(seen, root_of(image));
  REQUIRE(made.writable.size() == 3);
  CHECK(made.writable[0].path == "/run/app");
  CHECK(made.writable[0].kind == Kind::tmpfs);
  CHECK(tmpfs_option(made.writable[0]) == "/run/app:uid=33,gid=34,mode=2775");
  CHECK(made.writable[0].examples == Names{"/run/app/pid"});
  CHECK(made.writable[1].path == "/tmp");
  CHECK(tmpfs_option(made.writable[1]) == "/tmp:exec,uid=0,gid=0,mode=1777");
  CHECK(made.writable[2].path == "/var/lib");
  CHECK(made.possible.read_only);
}

TEST_CASE("a directory whose content was used begins with it", "[confinement]") {
  FakeImage image;
  image.add("/etc", 0755).add("/etc/app", 0755).add("/etc/app/conf", 0644);
  auto seen = calling({});
  seen.files["/etc/app/conf.new"] = {trace::kCreated, true};
  seen.lookups["/etc/app/conf"] = {true, false};
  const auto made = confinement(seen, root_of(image));
  REQUIRE(made.writable.size() == 1);
  CHECK(made.writable[0].path == "/etc/app");
  CHECK(made.writable[0].kind == Kind::seeded);
}

TEST_CASE("what was found and is not the image's was made at run time", "[confinement]") {
  FakeImage image;
  image.add("/var", 0755).add("/etc", 0755);
  // A symlink into /proc is no such thing.
  image.entries["/etc/mtab"] = {false, "/proc/mounts", 0, 0, 0, false};
  auto seen = calling({"mkdir"});
  seen.lookups["/var/cache"] = {true, true};
  seen.lookups["/etc/mtab"] = {true, false};
  seen.lookups["/etc/absent"] = {false, true};
  seen.lookups["/data/file"] = {true, false};
  const auto made = confinement(seen, root_of(image));
  REQUIRE(made.writable.size() == 1);
  CHECK(made.writable[0].path == "/var");
}

TEST_CASE("a call that was denied made nothing", "[confinement]") {
  FakeImage image;
  image.add("/var", 0755).add("/srv", 0755).add("/srv/closed", 0700);
  auto seen = calling({"mkdir"});
  seen.lookups["/var/cache"].denied = true;
  CHECK(confinement(seen, root_of(image)).writable.empty());
  // What is there and closed would not be in an empty file system.
  seen.lookups["/srv/closed"].denied = true;
  seen.files["/srv/new"] = {trace::kCreated, true};
  const auto made = confinement(seen, root_of(image));
  REQUIRE(made.writable.size() == 1);
  CHECK(made.writable[0].kind == Kind::seeded);
}

TEST_CASE("writable stays what access(2) was asked for", "[confinement]") {
  FakeImage image;
  image.add("/var", 0755).add("/var/spool", 0755, 33, 33).add("/etc", 0755).add("/etc/conf", 0644);
  for (const char* directory : {"/", "/var", "/var/spool", "/etc"})
    image.entries[directory].directory = true;
  auto seen = calling({"access"});
  for (const char* path : {"/", "/var/spool/.", "/data", "/data/file", "/dev/null", "/gone"})
    seen.lookups[path] = {.found = true, .writable = true};
  image.entries["/var/spool/."] = image.entries["/var/spool"];
  seen.lookups["/gone"] = {.missing = true};
  seen.lookups["/etc"] = {.found = true};
  auto made = confinement(seen, root_of(image));
  REQUIRE(made.writable.size() == 1);
  CHECK(tmpfs_option(made.writable[0]) == "/var/spool:uid=33,gid=33,mode=0755");
  CHECK(made.possible.read_only);
  seen.lookups["/etc/conf"] = {.found = true, .writable = true};
  made = confinement(seen, root_of(image));
  REQUIRE(made.writable.size() == 2);
  CHECK(made.writable[0].path == "/etc");
  CHECK(made.writable[0].kind == Kind::seeded);
}

TEST_CASE("a symlink that leads nowhere was not made at run time", "[confinement]") {
  FakeImage image;
  image.add("/etc", 0755).add("/run", 0755);
  image.entries["/etc/mark"] = {false, "/nowhere", 0, 0, 0, false, true};
  auto seen = calling({});
  seen.lookups["/etc/mark"] = {true, true};
  CHECK(confinement(seen, root_of(image)).writable.empty());
  // A file system in the place of its directory would hide it.
  seen.files["/etc/pid"] = {trace::kCreated, true};
  const auto made = confinement(seen, root_of(image));
  REQUIRE(made.writable.size() == 1);
  CHECK(made.writable[0].kind == WritablePath::Kind::seeded);
}

TEST_CASE("sockets in the file tree are written, too", "[confinement]") {
  FakeImage image;
  image.add("/run", 0755);
  image.entries["/var/run"] = image.entries["/run"];
  auto seen = calling({});
  trace::SocketUse socket;
  socket.family = "unix";
  socket.address = "/var/run/app.sock";
  seen.sockets = {socket};
  const auto made = confinement(seen, root_of(image));
  REQUIRE(made.writable.size() == 1);
  CHECK(made.writable[0].path == "/run");
}

TEST_CASE("volumes are writable anyway", "[confinement]") {
  auto seen = calling({});
  seen.files["/data/dump"] = {trace::kCreated, false};
  auto input = root_of({});
  input.volumes = {"/data/"};
  const auto made = confinement(seen, input);
  REQUIRE(made.writable.size() == 1);
  CHECK(made.writable[0].path == "/data");
  CHECK(made.writable[0].kind == Kind::volume);
  CHECK(made.writable[0].examples == Names{"/data/dump"});
}

TEST_CASE("who writes into the root directory cannot have it read-only", "[confinement]") {
  auto seen = calling({});
  seen.files["/core"] = {trace::kCreated, true};
  const auto made = confinement(seen, root_of({}));
  CHECK_FALSE(made.possible.read_only);
  CHECK(made.possible.no_new_privileges);
  CHECK_FALSE(made.notes.empty());
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
