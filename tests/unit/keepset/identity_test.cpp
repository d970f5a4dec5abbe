// SPDX-License-Identifier: Apache-2.0
// Who and what the image is: users with their homes, the distribution, the local time.
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("identity files are kept, and directories that programs take for granted", "[identity]") {
  MemoryImage image;
  image.file("etc/passwd").file("etc/group").file("etc/shadow").file("usr/lib/os-release");
  image.symlink("etc/os-release", "../usr/lib/os-release").directory("tmp", 01777);
  image.directory("home").directory("run").symlink("var/run", "/run").symlink("sbin", "usr/sbin");
  image.directory("usr/sbin").file("etc/timezone");
  CHECK(image.kept() == Paths{"etc", "etc/group", "etc/os-release", "etc/passwd", "run", "tmp",
                              "usr", "usr/lib", "usr/lib/os-release", "var", "var/run"});
  image.options.closure = Closure::observed;
  CHECK(image.kept() == Paths{"etc", "etc/group", "etc/passwd"});
}

TEST_CASE("users' homes are kept as places, with none of what is in them", "[identity]") {
  MemoryImage image;
  image.directory("home/joe", 0700).file("home/joe/.profile").file("var/lib/app/data");
  image.symlink("data", "/var/lib/app").program("bin/sh").directory("home/other");
  image.file("etc/passwd",
             "root:x:0:0\nbroken\njoe:x:1:1:,,,:/home/joe:/bin/sh\nann:x:2:2::/data:\n"
             "bin:x:3:3::/bin/sh:/bin/sh\nann:x:4:4::/nowhere:/bin/sh\nbob:x:5:5:::\n");
  CHECK(image.kept() == Paths{"data", "etc", "etc/passwd", "home", "home/joe", "home/other", "var",
                              "var/lib", "var/lib/app"});
  image.options.closure = Closure::observed;
  CHECK(image.kept() == Paths{"etc", "etc/passwd"});
}

TEST_CASE("what was looked for in one user's home is kept in the others", "[identity]") {
  MemoryImage image;
  image.directory("home/joe").file("home/ann/.forward").file("home/ann/notes").file("usr/games/.forward");
  image.file("root/.ssh/keys").file("home/ann/.ssh/keys").file("home/other/.forward");
  image.file("home/ann/.plan", std::string(100000, 'x')).file("home/ann/mail/new/1");
  image.file("etc/passwd",
             "root:x:0:0::/root:/bin/sh\njoe:x:1:1::/home/joe:/bin/sh\nann:x:2:2::/home/ann:/bin/sh\n"
             "games:x:5:60::/usr/games:/bin/sh\nnone:x:6:6::/:/bin/sh\n");
  CHECK_FALSE(image.keeps("home/ann/.forward"));
  image.looked_up("/home/joe/.forward", false).looked_up("/home/joe/.plan", false);
  image.used("/root/.ssh/keys", trace::kRead).looked_up("/home/joe/mail", false);
  for (const char* path : {"home/ann/.forward", "home/ann/.ssh/keys"}) CHECK(image.keeps(path));
  for (const char* path : {"home/ann/notes", "home/ann/.plan", "home/ann/mail/new/1", "usr/games/.forward",
                           "home/other/.forward"})
    CHECK_FALSE(image.keeps(path));
}

TEST_CASE("what a server's account has to serve is kept with its home, unless it is a lot", "[identity]") {
  MemoryImage image;
  image.file("srv/ftp/pub/readme").file("srv/www/index.html").file("home/joe/notes");
  image.file("etc/passwd", "ftp:x:1:1::/srv/ftp:/bin/false\njoe:x:2:2::/home/joe:/bin/sh\n");
  CHECK_FALSE(image.keeps("srv/ftp/pub/readme"));
  image.trace.sockets.insert({.action = trace::SocketAction::listen, .process = "/usr/sbin/ftpd"});
  CHECK(image.keeps("srv/ftp/pub/readme"));
  CHECK_FALSE(image.keeps("home/joe/notes"));
  CHECK_FALSE(image.keeps("srv/www/index.html"));
  image.file("srv/ftp/pub/image", std::string(2u << 20, 'x'));
  CHECK_FALSE(image.keeps("srv/ftp/pub/readme"));
  CHECK(image.keeps("srv/ftp"));
}

TEST_CASE("empty directories are kept as places where somebody may want to write", "[identity]") {
  MemoryImage image;
  image.directory("data").file("uploads/readme").directory("srv/app/spool/in");
  image.directory("home").directory("mnt").directory("srv/app").directory("srv/app/spool");
  image.directory("var/lib/vim").directory("var/log/own", 0777).directory("run/lock", 01777);
  image.directory("var/lib/apt/lists/partial", 0700, 42);
  image.file("srv/app/src/main.c").directory("srv/app/src");
  CHECK(image.keeps("data"));
  CHECK(image.keeps("uploads"));
  CHECK_FALSE(image.keeps("uploads/readme"));
  CHECK(image.keeps("srv/app/spool/in"));
  CHECK(image.keeps("var/log/own"));
  for (const char* other : {"home", "mnt", "var/lib/vim", "run/lock", "srv/app/src",
                            "var/lib/apt/lists/partial"}) {
    CAPTURE(other);
    CHECK_FALSE(image.keeps(other));
  }
  image.directory("var/lib/vim", 0755, 33);
  CHECK(image.keeps("var/lib/vim"));
  image.options.closure = Closure::observed;
  CHECK_FALSE(image.keeps("data"));
}

TEST_CASE("the time zone is kept where a C library is", "[localtime]") {
  MemoryImage image;
  image.symlink("etc/localtime", "/usr/share/zoneinfo/Europe/Berlin");
  image.file("usr/share/zoneinfo/Europe/Berlin").file("usr/share/zoneinfo/Asia/Tokyo");
  CHECK_FALSE(image.keeps("etc/localtime"));
  image.host("lib/libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6")
      .used("/lib/libc.so.6", trace::kMapped);
  CHECK(image.keeps("usr/share/zoneinfo/Europe/Berlin"));
  CHECK_FALSE(image.keeps("usr/share/zoneinfo/Asia/Tokyo"));
  image.options.environment = {"TZ=:Asia/Tokyo"};
  CHECK(image.keeps("usr/share/zoneinfo/Asia/Tokyo"));
}
