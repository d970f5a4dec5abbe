// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

MemoryImage server() {
  MemoryImage image;
  image.options.closure = Closure::observed;
  image.program("usr/bin/server").file("etc/server/main.conf").file("etc/server/extra.conf");
  image.file("etc/passwd").file("srv/data/page").directory("var/spool/server");
  image.executed("/usr/bin/server").used("/usr/bin/server", trace::kExecuted);
  for (const char* path : {"/etc/server/main.conf", "/etc/server/extra.conf", "/srv/data/page"})
    image.used(path, trace::kRead);
  // Made at run time, in a directory that has to be there.
  image.used("/var/spool/server/job", trace::kCreated | trace::kWritten);
  return image;
}

slim::Result<Content> unread(const slim::rootfs::IndexEntry&) { return Content(std::string()); }

std::vector<std::string> candidate_paths(const MemoryImage& image) {
  const auto keep = image.compute();
  REQUIRE(keep);
  const auto found = candidates(image.index, *keep, unread);
  REQUIRE(found);
  std::vector<std::string> paths;
  for (const auto& candidate : *found) paths.push_back(candidate.path);
  return paths;
}

}  // namespace

TEST_CASE("where a reason comes from", "[minimize]") {
  for (const char* rule : {"observed", "lookup", "exec", "root"}) {
    CHECK(origin_of({rule, ""}) == Origin::run);
  }
  for (const char* rule : {"keep", "keep-package", "keep-from", "repair"}) {
    CHECK(origin_of({rule, ""}) == Origin::asked);
  }
  CHECK(origin_of({"directory", "/a"}) == Origin::structure);
  CHECK(origin_of({"symlink", "/a"}) == Origin::structure);
  CHECK(origin_of({"package-database", ""}) == Origin::scanners);
  CHECK(origin_of({"required", ""}) == Origin::proven);
  CHECK(origin_of({"elf-needed", "/a"}) == Origin::closure);
}

TEST_CASE("what goes takes its emptied directories along, not those with a purpose", "[minimize]") {
  auto image = server();
  image.options.without = {"etc/server/main.conf", "etc/server/extra.conf"};
  CHECK(image.kept() == Paths{"etc", "etc/passwd", "srv", "srv/data", "srv/data/page", "usr",
                              "usr/bin", "usr/bin/server", "var", "var/spool", "var/spool/server"});
  const auto keep = image.compute();
  CHECK(keep->minimized == std::set<std::string>{"etc/server/main.conf", "etc/server/extra.conf"});
}

TEST_CASE("a directory that still holds something stays", "[minimize]") {
  auto image = server();
  image.options.without = {"etc/server/main.conf"};
  CHECK(image.keeps("etc/server"));
  CHECK_FALSE(image.keeps("etc/server/main.conf"));
}

TEST_CASE("what goes is listed content first", "[minimize]") {
  auto image = server();
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(going(image.index, *keep, {"srv/data/page"}) == Paths{"srv/data/page", "srv/data", "srv"});
  CHECK(going(image.index, *keep, {}).empty());
}

TEST_CASE("candidates are what the probe may decide about", "[minimize]") {
  auto image = server();
  CHECK(candidate_paths(image) == Paths{"etc/server/extra.conf", "etc/server/main.conf",
                                        "srv/data/page", "usr/bin/server", "var/spool/server"});
  SECTION("not what was asked for") {
    image.options.keep = {"/etc/server"};
    image.options.keep_from = {"/srv/data/page"};
    CHECK(candidate_paths(image) == Paths{"usr/bin/server", "var/spool/server"});
  }
  SECTION("not what the config names") {
    image.roots = {"/usr/bin/server"};
    const auto paths = candidate_paths(image);
    CHECK(std::find(paths.begin(), paths.end(), "usr/bin/server") == paths.end());
  }
}

TEST_CASE("candidates are grouped by likelihood, package and directory", "[minimize]") {
  auto image = server();
  image.options.closure = Closure::file;
  image.file("usr/bin/script", "#!/bin/interpreter\n", 0755).program("bin/interpreter");
  image.executed("/usr/bin/script").used("/usr/bin/script", trace::kRead);
  image.file("var/lib/dpkg/info/server.list", "/.\n/usr/bin/server\n/etc/server/main.conf\n");
  const auto keep = image.compute();
  REQUIRE(keep);
  const auto found = candidates(
      image.index, *keep, [&](const slim::rootfs::IndexEntry& entry) -> slim::Result<Content> {
        return Content(std::string(entry.path.ends_with(".list")
                                       ? "/.\n/usr/bin/server\n/etc/server/main.conf\n"
                                       : ""));
      });
  REQUIRE(found);
  const auto of = [&](const std::string& path) {
    return *std::find_if(found->begin(), found->end(),
                         [&](const auto& candidate) { return candidate.path == path; });
  };
  CHECK(of("usr/bin/server").groups == Paths{"2 used", "server", "usr", "bin"});
  CHECK(of("etc/server/main.conf").groups == Paths{"2 used", "server", "etc", "server"});
  CHECK(of("etc/server/extra.conf").groups == Paths{"2 used", "", "etc", "server"});
  CHECK(of("bin/interpreter").groups == Paths{"0 by a rule", "", "bin"});
  CHECK_FALSE(of("bin/interpreter").observed);
  CHECK(of("usr/bin/server").observed);
}

TEST_CASE("explain tells what was taken out and what is required", "[minimize]") {
  auto image = server();
  image.options.without = {"etc/server/extra.conf"};
  image.options.required = {"etc/server/main.conf"};
  const auto keep = image.compute();
  REQUIRE(keep);
  const auto stored = from_json(to_json(*keep), "test");
  REQUIRE(stored);
  CHECK(explain(*stored, image.index, "/etc/server/extra.conf").front() ==
        "/etc/server/extra.conf: taken out by --minimize, the probe passes without it");
  const auto lines = explain(*stored, image.index, "/etc/server/main.conf");
  CHECK(std::find(lines.begin(), lines.end(), "  required") != lines.end());
}

TEST_CASE("the package database is cut to what is left after minimising", "[minimize]") {
  MemoryImage image;
  image.program("usr/bin/server").program("usr/bin/helper");
  image.executed("/usr/bin/server").executed("/usr/bin/helper");
  image.file("var/lib/dpkg/status",
             "Package: server\nStatus: install ok installed\n\n"
             "Package: helper\nStatus: install ok installed\n\n");
  image.file("var/lib/dpkg/info/server.list", "/.\n/usr/bin/server\n");
  image.file("var/lib/dpkg/info/helper.list", "/.\n/usr/bin/helper\n");
  image.options.without = {"usr/bin/helper"};
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->rewritten.at("var/lib/dpkg/status").find("helper") == std::string::npos);
  CHECK(keep->rewritten.at("var/lib/dpkg/status").find("server") != std::string::npos);
}
