// SPDX-License-Identifier: Apache-2.0
// What programs have built in: helpers that they start, and places for their state.
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

// An ELF file with these whole strings.
std::string elf_with(std::initializer_list<const char*> strings) {
  std::string content("\x7f" "ELF\0", 5);
  for (const char* string : strings) content += std::string(string) + '\0';
  return content;
}

const std::string kHost = "/lib/x86_64-linux-gnu/";

}  // namespace

TEST_CASE("directories of helpers that are built in are kept while they are small", "[helpers]") {
  MemoryImage image;
  image.program("usr/lib/libfiles.so.0", elf_with({"/usr/libexec/files", "/usr/libexec/many",
                                                     "/usr/bin/tool", "/usr/lib"}));
  image.host("usr/libexec/files/lsad", kHost + "libc.so.6", 10).file("usr/libexec/files/readme");
  image.host("usr/libexec/many/helper", kHost + "libc.so.6", 100);
  image.host("usr/bin/tool", kHost + "libc.so.6", 10);
  image.host("lib64/ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2", 1000);
  image.used("/lib64/ld-linux-x86-64.so.2", trace::kMapped).looked_up("/usr/lib/libfiles.so.0");
  CHECK_FALSE(image.keeps("usr/libexec/files/lsad"));
  image.used("/usr/lib/libfiles.so.0", trace::kMapped);
  const auto keep = image.compute();
  REQUIRE(keep);
  REQUIRE(keep->paths.contains("usr/libexec/files/lsad"));
  CHECK(keep->paths.at("usr/libexec/files/lsad") ==
        std::set<Reason>{{"helper", "/usr/lib/libfiles.so.0"}});
  CHECK_FALSE(image.keeps("usr/libexec/files/readme"));
  CHECK_FALSE(image.keeps("usr/libexec/many/helper"));
  CHECK_FALSE(image.keeps("usr/bin/tool"));
}

TEST_CASE("places for state that a program has built in are kept empty", "[places]") {
  MemoryImage image;
  image.program("usr/sbin/logd", elf_with({"/var/lib/logd/status", "/var/log/", "/var/spool/none/x",
                                           "/usr/share/logd"}));
  image.file("var/lib/logd/data").directory("var/lib/logd/sub").directory("var/log/other");
  image.directory("var/spool").directory("usr/share/logd/x").file("var/lib/logd/sub/file");
  image.looked_up("/usr/sbin/logd");
  CHECK_FALSE(image.keeps("var/lib/logd"));
  image.executed("/usr/sbin/logd");
  CHECK(image.keeps("var/lib/logd"));
  CHECK(image.keeps("var/lib/logd/sub"));
  for (const char* path : {"var/lib/logd/data", "var/lib/logd/sub/file", "var/log/other", "var/spool"}) {
    INFO(path);
    CHECK_FALSE(image.keeps(path));
  }
}

TEST_CASE("interpreters have places for state, too", "[places]") {
  MemoryImage image;
  image.program("usr/sbin/php-fpm8.2", elf_with({"/var/lib/php/sessions"}));
  image.directory("var/lib/php/sessions").file("var/lib/php/sessions/sess_x");
  CHECK_FALSE(image.keeps("var/lib/php/sessions"));
  image.executed("/usr/sbin/php-fpm8.2");
  CHECK(image.keeps("var/lib/php/sessions"));
  CHECK_FALSE(image.keeps("var/lib/php/sessions/sess_x"));
}

TEST_CASE("a program that ran is kept wherever the image has it again", "[helpers]") {
  MemoryImage image;
  image.program("usr/bin/Rscript", "same").program("usr/lib/R/bin/Rscript", "same");
  image.program("etc/init.d/Rscript", "starts it").file("usr/share/completions/Rscript", "same");
  CHECK_FALSE(image.keeps("usr/lib/R/bin/Rscript"));
  image.executed("/usr/bin/Rscript");
  CHECK(image.keeps("usr/lib/R/bin/Rscript"));
  CHECK_FALSE(image.keeps("etc/init.d/Rscript"));
  CHECK_FALSE(image.keeps("usr/share/completions/Rscript"));
}

TEST_CASE("what programs start that the application's own script names", "[companions]") {
  MemoryImage image;
  image.options.environment = {"PATH=/usr/bin"};
  image.program("app/start.sh", "#!/bin/sh\npg_dump x\ntar xf x\n").executed("/app/start.sh");
  image.program("bin/sh").program("usr/share/pg/wrapper", "#!/bin/sh\n");
  image.symlink("usr/bin/pg_dump", "../share/pg/wrapper").program("usr/lib/pg/15/bin/pg_dump");
  image.program("usr/lib/pg/15/bin/initdb");
  image.host("usr/bin/tar", "/bin/tar").program("usr/bin/gzip").program("usr/bin/zip");
  CHECK(image.keeps("usr/lib/pg/15/bin/pg_dump"));
  CHECK_FALSE(image.keeps("usr/lib/pg/15/bin/initdb"));
  CHECK(image.keeps("usr/bin/gzip"));
  CHECK_FALSE(image.keeps("usr/bin/zip"));
}
