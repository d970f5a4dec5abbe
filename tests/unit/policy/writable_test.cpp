// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "confinement_input.hpp"

using namespace slim::policy;
using confinement_test::calling;
using confinement_test::FakeImage;
using confinement_test::root_of;
namespace trace = slim::trace;

namespace {

using Kind = WritablePath::Kind;
using Names = std::vector<std::string>;

}  // namespace

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

TEST_CASE("what begins with its content has no file system of its own inside", "[confinement]") {
  FakeImage image;
  image.add("/srv", 0755).add("/srv/db", 0700).add("/srv/db/table", 0600).add("/srv/tmp", 0755);
  auto seen = calling({});
  for (const char* made : {"/srv/new", "/srv/db/new", "/srv/tmp/new"})
    seen.files[made] = {trace::kCreated, true};
  auto writable = confinement(seen, root_of(image)).writable;
  REQUIRE(writable.size() == 3);
  for (const auto& path : writable) CHECK(path.kind == Kind::tmpfs);
  seen.files["/srv/db/table"] = {trace::kRead, true};
  writable = confinement(seen, root_of(image)).writable;
  REQUIRE(writable.size() == 1);
  CHECK(writable[0].path == "/srv");
  CHECK(writable[0].kind == Kind::seeded);
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
