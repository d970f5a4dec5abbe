// SPDX-License-Identifier: Apache-2.0
// The package databases of the slim image name what is left, and nothing else.
#include <catch2/catch.hpp>

#include "keepset/package_text.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

const std::string kLibc =
    "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\n"
    "Conffiles:\n /etc/ld.so.conf.d/x.conf 0123\nVersion: 2.36\n";
const std::string kTool = "Package: tool\nStatus: install ok installed\nVersion: 1\n";
const std::string kGone = "Package: gone\nStatus: install ok installed\nVersion: 2\n";

// libc6 and tool in a merged /usr; the run used libc's library and a link of tool's.
MemoryImage debian() {
  MemoryImage image;
  image.symlink("lib", "usr/lib").file("usr/lib/libc.so.6").file("usr/lib/libm.so.6");
  image.symlink("usr/bin/tool", "tool-1").file("usr/bin/tool-1").file("usr/bin/gone");
  image.file("usr/share/doc/gone/copyright").directory("usr/share/shared");
  const std::string dpkg = "var/lib/dpkg/";
  image.file(dpkg + "status", kLibc + "\n" + kTool + "\n" + kGone + "\n");
  image.file(dpkg + "info/libc6:amd64.list",
             "/.\n/lib\n/lib/libc.so.6\n/lib/libm.so.6\n/usr\n/usr/share/shared\n");
  image.file(dpkg + "info/libc6:amd64.md5sums",
             "00  lib/libc.so.6\n11  lib/libm.so.6\n22  usr/share/doc/libc6/copyright\n");
  image.file(dpkg + "info/tool.list", "/.\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/share/shared\n");
  image.file(dpkg + "info/gone.list",
             "/.\n/usr\n/usr/bin\n/usr/bin/gone\n/usr/share/doc/gone/copyright\n"
             "/usr/share/shared\n");
  image.file(dpkg + "info/tool.postinst").file(dpkg + "info/format", "1\n").file(dpkg + "lock");
  image.used("/usr/lib/libc.so.6", trace::kMapped).looked_up("/usr/bin/tool");
  image.used("/usr/share/shared", trace::kListed);
  image.used("/usr/share/doc/gone/copyright", trace::kRead);
  return image;
}

}  // namespace

TEST_CASE("dpkg's database is cut to the packages with a file left", "[package-database]") {
  MemoryImage image = debian();
  const auto keep = image.compute();
  REQUIRE(keep);
  const auto& rewritten = keep->rewritten;
  CHECK(rewritten.at("var/lib/dpkg/status") == kLibc + "\n" + kTool + "\n");
  CHECK(rewritten.at("var/lib/dpkg/info/libc6:amd64.list") ==
        "/.\n/lib\n/lib/libc.so.6\n/usr\n/usr/share/shared\n");
  CHECK(rewritten.at("var/lib/dpkg/info/libc6:amd64.md5sums") == "00  lib/libc.so.6\n");
  CHECK(rewritten.at("var/lib/dpkg/info/tool.list") ==
        "/.\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/share/shared\n");
  CHECK(rewritten.size() == 4);
  for (const auto& [path, text] : rewritten) CHECK(keep->paths.contains(path));
  CHECK(keep->paths.contains("var/lib/dpkg/info/format"));
  CHECK_FALSE(keep->paths.contains("var/lib/dpkg/info/gone.list"));
  CHECK_FALSE(keep->paths.contains("var/lib/dpkg/info/tool.postinst"));
  CHECK_FALSE(keep->paths.contains("var/lib/dpkg/lock"));
  CHECK(keep->paths.at("var/lib/dpkg/status") ==
        std::set<Reason>{{"package-database", "2 of 3 packages"}});
  CHECK(keep->paths.at("var/lib/dpkg/info/tool.list") ==
        std::set<Reason>{{"package-database", "tool"}});
  CHECK(keep->warnings.empty());
}

TEST_CASE("the package database is left out when it is not wanted", "[package-database]") {
  MemoryImage image = debian();
  SECTION("by option") { image.options.package_database = false; }
  SECTION("with what was observed only") { image.options.closure = Closure::observed; }
  SECTION("dropped") { image.options.drop = {"/var/lib/dpkg"}; }
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->rewritten.empty());
  CHECK_FALSE(keep->paths.contains("var/lib/dpkg/status"));
}

TEST_CASE("a package database that the run used stays as it is", "[package-database]") {
  MemoryImage image = debian();
  image.used("/var/lib/dpkg/status", trace::kRead);
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->rewritten.empty());
  CHECK(keep->paths.contains("var/lib/dpkg/status"));
  REQUIRE(keep->warnings.size() == 1);
  CHECK(keep->warnings[0].starts_with("/var/lib/dpkg/status is used"));
}

TEST_CASE("a package without a list of files cannot be told to be gone", "[package-database]") {
  MemoryImage image = debian();
  image.file("var/lib/dpkg/status", kTool +
                                        "\nPackage: bare\nStatus: install ok installed\n\n"
                                        "Package: old\nStatus: deinstall ok config-files\n");
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->rewritten.at("var/lib/dpkg/status") ==
        kTool + "\nPackage: bare\nStatus: install ok installed\n\n");
}

TEST_CASE("a diverted file belongs to the package that has it there", "[package-database]") {
  MemoryImage image;
  image.file("bin/sh").file("bin/sh.distrib").file("bin/x");
  image.file("var/lib/dpkg/status",
             "Package: dash\nStatus: install ok installed\n\n"
             "Package: bash\nStatus: install ok installed\n\n");
  image.file("var/lib/dpkg/info/dash.list", "/bin/sh\n");
  image.file("var/lib/dpkg/info/bash.list", "/bin/sh\n");
  image.file("var/lib/dpkg/diversions",
             "/bin/x\n/bin/x.real\nbash\n/bin/sh\n/bin/sh.distrib\ndash\n");
  const auto status = [&] { return image.compute()->rewritten.at("var/lib/dpkg/status"); };
  SECTION("the one that diverted it") {
    image.used("/bin/sh", trace::kRead);
    CHECK(status() == "Package: dash\nStatus: install ok installed\n\n");
  }
  SECTION("the other") {
    image.used("/bin/sh.distrib", trace::kRead);
    CHECK(status() == "Package: bash\nStatus: install ok installed\n\n");
  }
  image.used("/bin/sh", trace::kRead);
  CHECK(image.compute()->rewritten.at("var/lib/dpkg/diversions") ==
        "/bin/sh\n/bin/sh.distrib\ndash\n");
}

TEST_CASE("distroless images have a file a package", "[package-database]") {
  MemoryImage image;
  const std::string directory = "var/lib/dpkg/status.d/";
  image.file("usr/lib/libssl.so.3").file("usr/lib/libz.so.1").file("usr/lib/libssl.cnf");
  image.file(directory + "libssl3", "Package: libssl3\n")
      .file(directory + "zlib1g", "Package: z\n");
  image.file(directory + "libssl3.md5sums", "00  usr/lib/libssl.so.3\n11  usr/lib/libssl.cnf\n");
  image.file(directory + "zlib1g.md5sums", "22  usr/lib/libz.so.1\n");
  image.file(directory + "unlisted", "Package: unlisted\n");
  image.used("/usr/lib/libssl.so.3", trace::kMapped);
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->paths.contains(directory + "libssl3"));
  CHECK(keep->paths.contains(directory + "unlisted"));
  CHECK_FALSE(keep->paths.contains(directory + "zlib1g"));
  CHECK(keep->rewritten == std::map<std::string, std::string>{
                               {directory + "libssl3.md5sums", "00  usr/lib/libssl.so.3\n"}});
}

TEST_CASE("apk's database is cut", "[package-database]") {
  MemoryImage image;
  image.file("lib/ld-musl-x86_64.so.1").symlink("lib/libc.musl-x86_64.so.1", "ld-musl-x86_64.so.1");
  image.file("bin/busybox").file("etc/securetty");
  image.file("lib/apk/db/installed",
             "C:Q1x=\nP:musl\nV:1.2\nA:x86_64\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\nZ:Q1a=\n"
             "R:libc.musl-x86_64.so.1\na:0:0:777\nZ:Q1b=\n\n"
             "C:Q1y=\nP:busybox\nV:1.36\nF:bin\nR:busybox\na:0:0:755\nZ:Q1c=\nF:etc\nM:0:0:700\n"
             "R:securetty\nZ:Q1d=\n\nC:Q1z=\nP:virtual\nV:1\n\n");
  image.used("/lib/ld-musl-x86_64.so.1", trace::kMapped);
  SECTION("to the one package") {
    CHECK(image.compute()->rewritten.at("lib/apk/db/installed") ==
          "C:Q1x=\nP:musl\nV:1.2\nA:x86_64\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\nZ:Q1a=\n\n");
  }
  SECTION("and to its files") {
    image.used("/bin/busybox", trace::kRead);
    CHECK(image.compute()
              ->rewritten.at("lib/apk/db/installed")
              .ends_with(
                  "P:busybox\nV:1.36\nF:bin\nR:busybox\na:0:0:755\nZ:Q1c=\nF:etc\nM:0:0:700\n\n"));
  }
}

TEST_CASE("rpm's database is missed aloud", "[package-database]") {
  MemoryImage image;
  image.file("usr/lib/sysimage/rpm/rpmdb.sqlite").file("app").used("/app", trace::kRead);
  const auto keep = image.compute();
  REQUIRE(keep);
  REQUIRE(keep->warnings.size() == 1);
  CHECK(keep->warnings[0].starts_with("/usr/lib/sysimage/rpm: the database of rpm cannot be cut"));
}

TEST_CASE("damaged database text is taken as far as it goes", "[package-database]") {
  const auto all = [](std::string_view) { return true; };
  CHECK(stanzas("").empty());
  CHECK(stanzas("\n\nPackage: a") == std::vector<std::string_view>{"Package: a"});
  CHECK(field_of("Package:\nVersion: 1\n", "Package").empty());
  CHECK(field_of("Packages: no\n", "Package").empty());
  CHECK(cut_apk_stanza("P\nF\n:\nR", all) == "P\nF\n:\nR");
  CHECK(cut_md5sums("nonsense\n00  a", all) == "00  a");
  CHECK(parse_diversions("/a\n").size() == 1);
  CHECK(cut_diversions("/a\n/b\n", all) == "/a\n/b\n");
}
