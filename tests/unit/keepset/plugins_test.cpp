// SPDX-License-Identifier: Apache-2.0
// Shared objects that programs load by name: by settings' words, and beside others.
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

const std::string kHost = "/lib/x86_64-linux-gnu/";

// Plugins that need libraries which are kept, one that needs one that is not (libcrypto).
MemoryImage image_with(const std::string& directory, std::initializer_list<const char*> names) {
  MemoryImage image;
  image.host("lib/x86_64-linux-gnu/libc.so.6", kHost + "libc.so.6", 1000);
  image.used("/lib/x86_64-linux-gnu/libc.so.6", trace::kMapped);
  for (const char* name : names) image.host(directory + name, kHost + "libz.so.1", 100);
  return image;
}

}  // namespace

TEST_CASE("plugins are kept that settings name by a word", "[plugins]") {
  const std::string modules = "usr/lib/mail/modules/";
  MemoryImage image = image_with(modules, {"lib20_core.so", "lib90_sieve_plugin.so", "lib95_trash.so",
                                           "mod_rewrite.so", "mod_asked.so", "lib10_zz.so"});
  image.file("etc/mail/mail.conf", "plugins = $plugins sieve,zz\n# trash\nload mod_rewrite.so\n"
                                   "<IfModule mod_asked.c>\n</IfModule>\n");
  image.used("/" + modules + "lib20_core.so", trace::kMapped);
  CHECK_FALSE(image.keeps(modules + "lib90_sieve_plugin.so"));
  image.used("/etc/mail/mail.conf", trace::kRead);
  const auto keep = image.compute();
  REQUIRE(keep);
  REQUIRE(keep->paths.contains(modules + "lib90_sieve_plugin.so"));
  CHECK(keep->paths.at(modules + "lib90_sieve_plugin.so") ==
        std::set<Reason>{{"plugin", "/etc/mail/mail.conf"}});
  CHECK(keep->paths.contains(modules + "mod_rewrite.so"));
  for (const char* name : {"lib95_trash.so", "mod_asked.so", "lib10_zz.so"}) {
    INFO(name);
    CHECK_FALSE(keep->paths.contains(modules + name));
  }
}

TEST_CASE("plugins that settings name are in a directory that a program has built in", "[plugins]") {
  MemoryImage image = image_with("usr/lib/files/vfs/", {"recycle.so", "audit.so"});
  image.file("etc/files.conf", "vfs objects = recycle\n").used("/etc/files.conf", trace::kRead);
  image.program("usr/sbin/filesd", std::string("\x7f" "ELF\0/usr/lib/files\0", 20));
  image.looked_up("/usr/sbin/filesd");
  CHECK_FALSE(image.keeps("usr/lib/files/vfs/recycle.so"));
  image.used("/usr/sbin/filesd", trace::kExecuted);
  CHECK(image.keeps("usr/lib/files/vfs/recycle.so"));
  CHECK_FALSE(image.keeps("usr/lib/files/vfs/audit.so"));
}

TEST_CASE("a plugin that settings name is not worth large libraries", "[plugins]") {
  MemoryImage image = image_with("usr/lib/tool/", {"used.so"});
  image.host("usr/lib/tool/tls.so", kHost + "libssl.so.3", 100);
  image.host("lib/x86_64-linux-gnu/libcrypto.so.3", kHost + "libcrypto.so.3", 4u << 20);
  image.used("/usr/lib/tool/used.so", trace::kMapped);
  image.file("etc/tool.conf", "use tls\n").used("/etc/tool.conf", trace::kRead);
  CHECK_FALSE(image.keeps("usr/lib/tool/tls.so"));
  image.used("/lib/x86_64-linux-gnu/libcrypto.so.3", trace::kMapped);
  CHECK(image.keeps("usr/lib/tool/tls.so"));
}

TEST_CASE("plugins beside one that was loaded are kept while they are few", "[plugins]") {
  const std::string modules = "usr/lib/db/15/lib/";
  MemoryImage image = image_with(modules, {"core.so", "trees.so"});
  image.host("usr/lib/x86_64-linux-gnu/libother.so", kHost + "libz.so.1");
  image.host(modules + "tls.so", kHost + "libssl.so.3", 1);  // needs what is nowhere
  CHECK_FALSE(image.keeps(modules + "trees.so"));
  image.used("/" + modules + "core.so", trace::kMapped);
  CHECK_FALSE(image.keeps(modules + "trees.so"));  // a tenth of what was used
  image.file("usr/share/db/data", std::string(1000, 'x')).used("/usr/share/db/data", trace::kRead);
  CHECK(image.keeps(modules + "trees.so"));
  CHECK_FALSE(image.keeps(modules + "tls.so"));
  CHECK_FALSE(image.keeps("usr/lib/x86_64-linux-gnu/libother.so"));
  SECTION("without the one that brings large libraries") {
    image.host("lib/x86_64-linux-gnu/libcrypto.so.3", kHost + "libcrypto.so.3", 5000);
    CHECK(image.keeps(modules + "trees.so"));
    CHECK_FALSE(image.keeps(modules + "tls.so"));
  }
  SECTION("unless settings choose them") {
    image.file("etc/db.conf", "load core\n").used("/etc/db.conf", trace::kRead);
    CHECK_FALSE(image.keeps(modules + "trees.so"));
  }
}

TEST_CASE("plugins are kept that have their names in the program that loads others", "[plugins]") {
  const std::string modules = "usr/lib/logd/";
  MemoryImage image = image_with(modules, {"core.so", "zip.so", "regexp.so", "mysql.so", "part.so"});
  image.used("/" + modules + "core.so", trace::kMapped);
  image.file("etc/logd.conf", "load core\n").used("/etc/logd.conf", trace::kRead);
  image.program("usr/sbin/logd", std::string("\x7f" "ELF\0zip\0regexp.so\0no mysql\0apart\0big\0", 38));
  image.host(modules + "big.so", kHost + "libz.so.1", 100u << 10);
  for (const char* name : {"zip.so", "regexp.so"}) {
    INFO(name);
    image.looked_up("/usr/sbin/logd");
    CHECK_FALSE(image.keeps(modules + name));
  }
  image.used("/usr/sbin/logd", trace::kExecuted).executed("/usr/sbin/logd");
  const auto keep = image.compute();
  REQUIRE(keep);
  for (const char* name : {"zip.so", "regexp.so"}) {
    INFO(name);
    REQUIRE(keep->paths.contains(modules + name));
    CHECK(keep->paths.at(modules + name) == std::set<Reason>{{"plugin", "/usr/sbin/logd"}});
  }
  for (const char* name : {"big.so", "mysql.so", "part.so"})
    CHECK_FALSE(keep->paths.contains(modules + name));
}

TEST_CASE("what is built into a program does not stand for settings that choose plugins", "[plugins]") {
  MemoryImage image = image_with("usr/lib/logd/", {"core.so", "other.so"});
  image.program("usr/sbin/logd", std::string("\x7f" "ELF\0core\0", 10));
  image.used("/usr/sbin/logd", trace::kExecuted).executed("/usr/sbin/logd");
  image.used("/usr/lib/logd/core.so", trace::kMapped);
  image.file("usr/share/logd/data", std::string(1000, 'x')).used("/usr/share/logd/data", trace::kRead);
  CHECK(image.keeps("usr/lib/logd/other.so"));
}
