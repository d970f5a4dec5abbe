// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

MemoryImage observed_only() {
  MemoryImage image;
  image.options.closure = Closure::observed;
  return image;
}

}  // namespace

TEST_CASE("an observed file is kept with its directories", "[roots]") {
  auto image = observed_only();
  image.file("srv/data/a").file("srv/data/b").used("/srv/data/a", trace::kRead);
  CHECK(image.kept() == Paths{"srv", "srv/data", "srv/data/a"});
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->paths.at("srv/data/a") == std::set<Reason>{{"observed", "read"}});
  CHECK(keep->paths.at("srv/data") == std::set<Reason>{{"directory", "/srv/data/a"}});
}

TEST_CASE("a path keeps every symlink on its way", "[roots]") {
  auto image = observed_only();
  image.symlink("lib", "usr/lib").symlink("usr/lib/libx.so.1", "libx.so.1.2");
  image.file("usr/lib/libx.so.1.2").file("usr/lib/other");
  image.looked_up("/lib/../lib/libx.so.1");
  CHECK(image.kept() == Paths{"lib", "usr", "usr/lib", "usr/lib/libx.so.1", "usr/lib/libx.so.1.2"});
}

TEST_CASE("a path that was missing stays missing, its directory does not", "[roots]") {
  auto image = observed_only();
  image.directory("var/log/app").file("var/log/app/old").file("etc/x");
  image.looked_up("/var/log/app/new.log", false).looked_up("/nowhere/at/all", false);
  CHECK(image.kept() == Paths{"var", "var/log", "var/log/app"});
}

TEST_CASE("what the run made itself is not kept, the place where it did is", "[roots]") {
  auto image = observed_only();
  image.directory("var/lib/app", 0700);
  image.used("/var/lib/app/db/1/file", trace::kWritten | trace::kCreated);
  CHECK(image.kept() == Paths{"var", "var/lib", "var/lib/app"});
}

TEST_CASE("a file of the image that the run overwrote is kept", "[roots]") {
  auto image = observed_only();
  image.file("etc/state").used("/etc/state", trace::kWritten);
  CHECK(image.keeps("etc/state"));
}

TEST_CASE("what was used on a mount is not the image's", "[roots]") {
  auto image = observed_only();
  image.trace.mount_points = {"/proc", "/run/secrets", "/data"};
  image.directory("proc").file("proc/shadowed").file("data/seed").file("run/secrets/key");
  image.symlink("dev/stdout", "/proc/self/fd/1");
  image.looked_up("/proc/shadowed").looked_up("/run/secrets/key").looked_up("/data/seed");
  image.looked_up("/dev/stdout");
  SECTION("a volume of somebody else's") {
    CHECK(image.kept() == Paths{"data", "dev", "dev/stdout", "proc", "run", "run/secrets"});
  }
  SECTION("a volume that the image declares is filled from the image") {
    image.roots = {"/data"};
    CHECK(image.keeps("data/seed"));
    // By whatever name: as a path without a slash, or through a link.
    image.symlink("srv", "data");
    for (const char* name : {"data/", "/x/../data", "/srv"}) {
      image.roots = {name};
      CHECK(image.keeps("data/seed"));
    }
    CHECK_FALSE(image.keeps("proc/shadowed"));
  }
}

TEST_CASE("a script and the interpreter that ran it are kept", "[roots]") {
  auto image = observed_only();
  image.symlink("bin", "usr/bin").program("usr/bin/dash").symlink("usr/bin/sh", "dash");
  image.program("entry.sh", "#!/bin/sh\n").program("usr/bin/other");
  image.executed("/entry.sh", "/usr/bin/dash");
  CHECK(image.kept() == Paths{"bin", "entry.sh", "usr", "usr/bin", "usr/bin/dash", "usr/bin/sh"});
}

TEST_CASE("roots of the config are kept, and passed over when not there", "[roots]") {
  auto image = observed_only();
  image.directory("app", 0750).file("app/unused");
  image.roots = {"/app", "/missing"};
  CHECK(image.kept() == Paths{"app"});
}

TEST_CASE("a hard-link peer is kept only where it was used", "[roots]") {
  auto image = observed_only();
  image.file("a/one").file("b/two");
  for (const char* path : {"a/one", "b/two"}) {
    auto entry = *image.index.find(path);
    entry.link_group = 7;
    image.index.put(entry);
  }
  image.used("/a/one", trace::kRead);
  CHECK(image.kept() == Paths{"a", "a/one"});
}

TEST_CASE("a loop of symlinks and a link to nowhere do no harm", "[roots]") {
  auto image = observed_only();
  image.symlink("a", "b").symlink("b", "a").symlink("c", "/gone");
  image.looked_up("/a", false).looked_up("/c", false);
  CHECK(image.kept() == Paths{"a", "b", "c"});
}

TEST_CASE("a program where a directory was looked for is not kept", "[roots]") {
  MemoryImage image = observed_only();
  image.program("usr/bin/setarch").symlink("usr/bin/x86_64", "setarch").directory("usr/lib");
  image.looked_up("/usr/bin/x86_64/../../lib/libc.so", false);
  CHECK(image.kept() == Paths{"usr", "usr/bin"});
}

TEST_CASE("a file that a loader took for a directory is not kept", "[roots]") {
  MemoryImage image = observed_only();
  image.program("usr/bin/base64").symlink("usr/bin/x86_64", "base64");
  SECTION("by Python and by ld.so") {
    image.looked_up("/usr/bin/base64").looked_up("/usr/bin/base64/__init__.py", false);
    image.looked_up("/usr/bin/x86_64").looked_up("/usr/bin/x86_64/libm.so.6", false);
    CHECK(image.kept() == Paths{"usr", "usr/bin"});
  }
  SECTION("but one that was looked up for itself") {
    image.looked_up("/usr/bin/base64");
    CHECK(image.keeps("usr/bin/base64"));
  }
  SECTION("or by something else") {
    image.looked_up("/usr/bin/base64").looked_up("/usr/bin/base64/__init__.py", false);
    image.looked_up("/usr/bin/base64/page", false);
    CHECK(image.keeps("usr/bin/base64"));
  }
  SECTION("or that was used as well") {
    image.looked_up("/usr/bin/x86_64").looked_up("/usr/bin/x86_64/libm.so.6", false);
    image.used("/usr/bin/base64", trace::kRead);
    CHECK(image.keeps("usr/bin/x86_64"));
  }
}
