// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

MemoryImage image_with_database() {
  MemoryImage image;
  image.options.closure = Closure::observed;
  image.symlink("lib", "usr/lib")
      .file("usr/lib/libz.so.1.2")
      .symlink("usr/lib/libz.so.1", "libz.so.1.2");
  image.file("usr/share/doc/zlib/copyright").file("usr/bin/tool", "x", 0755).file("etc/tool.conf");
  image.file("var/lib/dpkg/info/zlib1g:amd64.list",
             "/.\n/lib\n/lib/libz.so.1\n/lib/libz.so.1.2\n/usr/share/doc/zlib/copyright\n/gone\n");
  image.file("var/lib/dpkg/info/tool.list", "/.\n/usr\n/usr/bin\n/usr/bin/tool\n/etc/tool.conf\n");
  return image;
}

}  // namespace

TEST_CASE("--keep takes globs, and directories with all below", "[requested]") {
  MemoryImage image;
  image.options.closure = Closure::observed;
  image.file("srv/a/one.txt").file("srv/a/b/two.txt").file("srv/c.txt").symlink("current", "srv/a");
  SECTION("a glob") {
    image.options.keep = {"/srv/*.txt"};
    CHECK(image.kept() == Paths{"srv", "srv/c.txt"});
  }
  SECTION("a glob across directories") {
    image.options.keep = {"/srv/**/two.*"};
    CHECK(image.kept() == Paths{"srv", "srv/a", "srv/a/b", "srv/a/b/two.txt"});
  }
  SECTION("a directory") {
    image.options.keep = {"/srv/a/"};
    CHECK(image.kept() == Paths{"srv", "srv/a", "srv/a/b", "srv/a/b/two.txt", "srv/a/one.txt"});
  }
  SECTION("a link to a directory") {
    image.options.keep = {"/current"};
    CHECK(image.kept() ==
          Paths{"current", "srv", "srv/a", "srv/a/b", "srv/a/b/two.txt", "srv/a/one.txt"});
  }
  SECTION("a name anywhere") {
    image.options.keep = {"one.txt"};
    CHECK(image.kept() == Paths{"srv", "srv/a", "srv/a/one.txt"});
  }
}

TEST_CASE("an option that matches nothing is an error that names it", "[requested]") {
  auto image = image_with_database();
  SECTION("--keep") { image.options.keep = {"/srv/nothing*"}; }
  SECTION("--drop") { image.options.drop = {"/srv/nothing*"}; }
  SECTION("--keep-package") { image.options.keep_packages = {"/srv/nothing*"}; }
  SECTION("--keep-from") { image.options.keep_from = {"/srv/nothing*"}; }
  const auto keep = image.compute();
  REQUIRE_FALSE(keep);
  CHECK(keep.error().code() == slim::ErrorCode::usage);
  CHECK(keep.error().text().find("/srv/nothing*") != std::string::npos);
}

TEST_CASE("--keep-package keeps a dpkg package through a merged /usr", "[requested]") {
  auto image = image_with_database();
  image.options.keep_packages = {"zlib1g"};
  CHECK(image.kept() == Paths{"lib", "usr", "usr/lib", "usr/lib/libz.so.1", "usr/lib/libz.so.1.2",
                              "usr/share", "usr/share/doc", "usr/share/doc/zlib",
                              "usr/share/doc/zlib/copyright"});
}

TEST_CASE("--keep-package keeps an apk package", "[requested]") {
  MemoryImage image;
  image.options.closure = Closure::observed;
  image.file("lib/apk/db/installed",
             "P:musl\nV:1\nF:lib\nR:ld-musl-x86_64.so.1\n\nP:busybox\nF:bin\nR:busybox\n");
  image.file("lib/ld-musl-x86_64.so.1").file("bin/busybox");
  image.options.keep_packages = {"musl"};
  CHECK(image.kept() == Paths{"lib", "lib/ld-musl-x86_64.so.1"});
}

TEST_CASE("the package closure keeps all files of touched packages", "[requested]") {
  auto image = image_with_database();
  image.options.closure = Closure::package;
  // zlib1g lists /lib, as packages do that were made before the merge.
  image.used("/usr/bin/tool", trace::kRead).looked_up("/lib/nothing", false);
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->paths.contains("lib"));
  CHECK(keep->paths.contains("etc/tool.conf"));
  CHECK(keep->paths.at("etc/tool.conf").contains({"package", "tool"}));
  CHECK_FALSE(keep->paths.contains("usr/lib/libz.so.1.2"));
}

TEST_CASE("--drop wins, but leaves directories in use", "[requested]") {
  MemoryImage image;
  image.options.closure = Closure::observed;
  image.file("var/cache/app/a").file("var/cache/app/sub/b").file("srv/x").file("srv/y");
  image.used("/var/cache/app", trace::kListed).used("/var/cache/app/a", trace::kRead);
  image.used("/srv/x", trace::kRead).used("/srv/y", trace::kRead);
  image.options.keep = {"/var/cache/app"};
  image.options.drop = {"/var/cache/app", "/srv/y"};
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(image.kept() == Paths{"srv", "srv/x", "var", "var/cache", "var/cache/app"});
  CHECK(keep->dropped ==
        std::map<std::string, std::string>{{"srv/y", "/srv/y"},
                                           {"var/cache/app/a", "/var/cache/app"},
                                           {"var/cache/app/sub", "/var/cache/app"},
                                           {"var/cache/app/sub/b", "/var/cache/app"}});
}

TEST_CASE("what is dropped brings nothing along", "[requested]") {
  MemoryImage image;
  image.program("usr/bin/python3").program("tool", "#!/usr/bin/python3\n");
  image.executed("/tool", "/tool");
  CHECK(image.keeps("usr/bin/python3"));
  image.options.drop = {"/tool"};
  CHECK_FALSE(image.keeps("tool"));
  CHECK_FALSE(image.keeps("usr/bin/python3"));
}

TEST_CASE("repair adds paths, and does not mind those that are not there", "[requested]") {
  MemoryImage image;
  image.options.closure = Closure::observed;
  image.file("srv/x");
  image.options.repair = {"/srv/x", "/srv/gone"};
  CHECK(image.kept() == Paths{"srv", "srv/x"});
}

TEST_CASE("a keep-set survives JSON, whatever the bytes", "[explain]") {
  KeepSet keep;
  keep.paths["a/\xff\n\\b"] = {{"observed", "read"}, {"elf-needed", "/bin/\xfe"}};
  keep.paths[""] = {{"directory", "/a"}};
  keep.dropped["c"] = "/c*";
  const auto back = from_json(to_json(keep), "keep.json");
  REQUIRE(back);
  CHECK(back->paths == keep.paths);
  CHECK(back->dropped == keep.dropped);
  CHECK(to_json(*back) == to_json(keep));
  for (const char* bad : {"", "[]", "{\"a\": []}", "{\"/a\": [{\"rule\": 1}]}", "{\"/a\": 3}"}) {
    const auto broken = from_json(bad, "keep.json");
    if (broken)
      CHECK(broken->paths.empty());
    else
      CHECK(broken.error().code() == slim::ErrorCode::usage);
  }
}

TEST_CASE("a path is explained back to what the run did", "[explain]") {
  MemoryImage image;
  image.program("usr/bin/python3").program("tool", "#!/usr/bin/python3\n").file("unused");
  image.file("hidden").symlink("usr/tools", "bin");
  image.executed("/tool", "/tool").used("/hidden", trace::kRead);
  image.options.drop = {"/hidden"};
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(explain(*keep, image.index, "/usr/bin/python3") ==
        Paths{"/usr/bin/python3: kept", "  shebang: /tool", "    /tool: exec: /tool"});
  CHECK(explain(*keep, image.index, "unused") == Paths{"/unused: not kept, nothing used or needed it"});
  CHECK(explain(*keep, image.index, "/no/such") == Paths{"/no/such: the image has no such path"});
  CHECK(explain(*keep, image.index, "/usr/tools/../bin//python3") ==
        Paths{"/usr/tools/../bin//python3 is /usr/bin/python3", "/usr/bin/python3: kept",
              "  shebang: /tool", "    /tool: exec: /tool"});
  CHECK(explain(*keep, image.index, "/usr/tools").back() ==
        "/usr/tools: not kept, nothing used or needed it");
  CHECK(explain(*keep, image.index, "/hidden") == Paths{"/hidden: dropped by --drop /hidden"});
  CHECK(explain(*keep, image.index, "/usr/bin").front() == "/usr/bin: kept");
  CHECK(explain(*keep, image.index, "/usr/bin")[2] == "    /usr/bin/python3: shebang: /tool");
}
