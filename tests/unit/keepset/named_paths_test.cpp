// SPDX-License-Identifier: Apache-2.0
// Files that the environment and the application name by their paths.
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("the directories that the system's crontab names are kept once it is read", "[configured]") {
  const auto image = [] {
    MemoryImage made;
    made.file("etc/crontab", "17 * * * * root cd / && run-parts --report /etc/cron.hourly\n");
    made.program("etc/cron.hourly/clean", "#!/bin/sh\n").program("bin/sh");
    return made;
  };
  CHECK(image().used("/etc/crontab", trace::kRead).keeps("etc/cron.hourly/clean"));
  CHECK_FALSE(image().keeps("etc/cron.hourly/clean"));
}

TEST_CASE("what the environment names is kept", "[environment]") {
  MemoryImage image;
  image.file("data/shop.db", std::string(100000, 'x')).file("data/keys/one").file("data/other");
  image.file("usr/lib/app/x").file("etc/app.key");
  CHECK_FALSE(image.keeps("data/shop.db"));
  image.options.environment = {"DATABASE_URL=sqlite:////data/shop.db?mode=ro",
                               "APP_KEYS=/data/keys", "APP_PATH=/usr/lib/app",
                               "SITE=http://host/data/other"};
  CHECK(image.keeps("data/keys/one"));
  CHECK_FALSE(image.keeps("usr/lib/app/x"));
  CHECK_FALSE(image.keeps("data/other"));
  CHECK(image.keeps("data/shop.db"));
  image.options.environment = {"KEY=file:///etc/app.key"};
  CHECK(image.keeps("etc/app.key"));
}

TEST_CASE("what the application's sources name is kept", "[configured][application]") {
  MemoryImage image;
  image.file("srv/app/main.py", "")
      .file("srv/app/page.py", "db = open('/data/shop.db')\n# '/data/old.db'\n")
      .file("srv/app/image.bin", std::string("\0'/data/no'", 11))
      .file("srv/app/about.html", "<tt>/data/page.db</tt>")
      .file("data/shop.db", std::string(100000, 'x'))
      .file("data/page.db")
      .file("data/old.db")
      .file("data/no");
  CHECK_FALSE(image.keeps("data/shop.db"));
  image.used("/srv/app/main.py", trace::kRead);
  CHECK(image.keeps("data/shop.db"));
  CHECK_FALSE(image.keeps("data/page.db"));
  CHECK_FALSE(image.keeps("data/old.db"));
  CHECK_FALSE(image.keeps("data/no"));
  image.file("data/shop.db", std::string((4u << 20) + 1, 'x'));
  CHECK_FALSE(image.keeps("data/shop.db"));
}

TEST_CASE("of the system's files that sources name, scripts for browsers are not too large",
          "[configured][application]") {
  MemoryImage image;
  const std::string script = "usr/share/javascript/ui/ui.min.js";
  image.file("srv/app/main.py", "send('/" + script + "')").file(script, std::string(256u << 10, 'x'));
  CHECK_FALSE(image.keeps(script));
  image.used("/srv/app/main.py", trace::kRead);
  CHECK(image.keeps(script));
  image.file(script, std::string((512u << 10) + 1, 'x'));
  CHECK_FALSE(image.keeps(script));
}

TEST_CASE("what a compiled program names is kept: settings, and its own data if the image was made for it",
          "[compiled-paths]") {
  MemoryImage image;
  image.program("usr/local/bin/shop",
                "\x7f" "ELF/etc/mime.types/etc/ssl/big/etc/ld.so.cache/opt/shop/page.html /data/tables "
                "/opt/shop/main.go /opt/shop/huge /home/joe/notesand");
  image.file("etc/mime.types").file("etc/ld.so.cache");
  image.file("etc/ssl/big", std::string((128u << 10) + 1, 'x'));
  image.file("opt/shop/page.html").file("data/tables/one").file("opt/shop/main.go").file("opt/shop/other");
  image.file("opt/shop/huge", std::string((4u << 20) + 1, 'x')).file("home/joe/notes").file("data/more");
  CHECK_FALSE(image.keeps("etc/mime.types"));
  CHECK_FALSE(image.keeps("opt/shop/page.html"));
  image.executed("/usr/local/bin/shop").used("/usr/local/bin/shop", trace::kExecuted);
  for (const char* kept : {"etc/mime.types", "opt/shop/page.html", "data/tables/one", "home/joe/notes"}) {
    CAPTURE(kept);
    CHECK(image.keeps(kept));
  }
  for (const char* other : {"etc/ssl/big", "etc/ld.so.cache", "opt/shop/main.go", "opt/shop/huge",
                            "opt/shop/other", "data/more"}) {
    CAPTURE(other);
    CHECK_FALSE(image.keeps(other));
  }
  image.file("var/lib/dpkg/status", "Package: shop\nStatus: install ok installed\n\n");
  image.file("var/lib/dpkg/info/shop.list", "/usr/local/bin/shop\n");
  CHECK(image.keeps("etc/mime.types"));
  CHECK_FALSE(image.keeps("opt/shop/page.html"));
}
