// SPDX-License-Identifier: Apache-2.0
#include "slim/verify/verify.hpp"

#include <catch2/catch.hpp>

using namespace slim;
using Paths = std::vector<std::string>;

namespace {

rootfs::IndexEntry entry(std::string path, image::EntryType type, std::string target = {}) {
  rootfs::IndexEntry made;
  made.path = std::move(path);
  made.type = type;
  made.target = std::move(target);
  made.mode = 0755;
  return made;
}

rootfs::Index original() {
  using image::EntryType;
  rootfs::Index index;
  index.put(entry("", EntryType::directory));
  index.put(entry("usr", EntryType::directory));
  index.put(entry("usr/lib", EntryType::directory));
  index.put(entry("usr/lib/a.so", EntryType::file));
  index.put(entry("lib", EntryType::symlink, "usr/lib"));
  index.put(entry("state", EntryType::symlink, "/run/state"));
  return index;
}

}  // namespace

TEST_CASE("only what the original has is missing, with the links on the way") {
  trace::Trace trace;
  trace.lookups["/lib/a.so"].missing = true;
  trace.lookups["/lib/never.so"].missing = true;
  trace.lookups["/usr/lib"].found = true;
  CHECK(verify::missing_paths(trace, original()) == Paths{"lib", "usr/lib", "usr/lib/a.so"});
}

TEST_CASE("where something is made the directory has to be") {
  trace::Trace trace;
  trace.lookups["/usr/lib/cache/new"].missing = true;
  trace.lookups["/nowhere/at/all"].missing = true;
  CHECK(verify::missing_paths(trace, original()) == Paths{"usr/lib"});
}

TEST_CASE("a link to what is made at run time is missing by itself") {
  trace::Trace trace;
  trace.lookups["/state"].missing = true;
  CHECK(verify::missing_paths(trace, original()) == Paths{"state"});
}

TEST_CASE("denied are the seen calls that the profile does not allow") {
  trace::Trace trace;
  trace.architecture = "x86_64";
  trace.syscalls[{"x86_64", "read"}] = {};
  trace.syscalls[{"x86_64", "mount"}] = {};
  trace.syscalls[{"x86_64", "ptrace"}].assumed = true;
  policy::SeccompProfile profile;
  profile.architectures = {"SCMP_ARCH_X86_64"};
  profile.rules.push_back({{"read"}, "SCMP_ACT_ALLOW", {}, {}});
  CHECK(slim::policy::denied_calls(trace, profile) == Paths{"mount"});
}

TEST_CASE("measures become options of the container", "[verify]") {
  using policy::WritablePath;
  policy::Confinement confinement;
  confinement.capabilities = {{"CAP_CHOWN", true, ""}};
  confinement.writable = {{"/data", WritablePath::Kind::volume, {}, {}, {}, false, {}},
                          {"/etc/app", WritablePath::Kind::seeded, 0, 0, 0755, false, {}},
                          {"/run", WritablePath::Kind::tmpfs, 0, 0, 0755, false, {}}};
  container::RunOptions given;
  given.cap_add = {"NET_ADMIN"};
  given.tmpfs = {"/scratch"};

  const auto same = verify::with_measures(given, confinement, {});
  CHECK(same.cap_add == given.cap_add);
  CHECK(same.cap_drop.empty());
  CHECK_FALSE(same.read_only);
  CHECK_FALSE(same.no_new_privileges);

  const auto all = verify::with_measures(given, confinement, {true, true, true});
  CHECK(all.cap_drop == std::vector<std::string>{"ALL"});
  CHECK(all.cap_add == std::vector<std::string>{"CAP_CHOWN"});
  CHECK(all.read_only);
  CHECK(all.no_new_privileges);
  CHECK(all.tmpfs == std::vector<std::string>{"/scratch", "/run:uid=0,gid=0,mode=0755"});
  CHECK(all.volumes == std::vector<std::string>{"/etc/app"});
}
