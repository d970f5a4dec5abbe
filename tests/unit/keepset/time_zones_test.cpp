// SPDX-License-Identifier: Apache-2.0
// Tables of time zones.
#include <catch2/catch.hpp>

#include "unit/keepset/python_image.hpp"

using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("who reads one table of time zones by its name may read others", "[time-zones]") {
  MemoryImage image;
  const std::string zones = "usr/share/zoneinfo/";
  for (const char* zone : {"Asia/Tokyo", "Europe/Berlin", "UTC", "right/UTC"})
    image.file(zones + zone);
  image.symlink("etc/localtime", "/usr/share/zoneinfo/UTC");
  image.used("/usr/share/zoneinfo/UTC", trace::kRead);
  CHECK_FALSE(image.keeps(zones + "Asia/Tokyo"));
  image.options.environment = {"TZ=:Europe/Berlin"};
  image.used("/usr/share/zoneinfo/Europe/Berlin", trace::kRead);
  CHECK_FALSE(image.keeps(zones + "Asia/Tokyo"));
  image.options.environment.clear();
  CHECK(image.keeps(zones + "Asia/Tokyo"));
  CHECK_FALSE(image.keeps(zones + "right/UTC"));
  // Sources and interpreters that know the place; a C library knows it for the environment.
  MemoryImage others;
  others.file(zones + "UTC").file("usr/share/lua/zones.lua", "local place = '/usr/share/zoneinfo'");
  others.program("lib/libc.so.6", "/usr/share/zoneinfo").used("/lib/libc.so.6", trace::kMapped);
  CHECK_FALSE(others.keeps(zones + "UTC"));
  others.used("/usr/share/lua/zones.lua", trace::kRead);
  CHECK(others.keeps(zones + "UTC"));
}

TEST_CASE("a time zone that the application names is kept", "[time-zones]") {
  MemoryImage image;
  const std::string zones = "usr/share/zoneinfo/";
  for (const char* zone : {"Asia/Tokyo", "America/Port-au-Prince", "Europe/Berlin"})
    image.file(zones + zone);
  image.file("app/main.py",
             "a = 'Asia/Tokyo'\nb = ':America/Port-au-Prince'\n'x/Europe/Berlin'\n'Europe/'\n");
  CHECK_FALSE(image.keeps(zones + "Asia/Tokyo"));
  image.used("/app/main.py", trace::kRead);
  CHECK(image.keeps(zones + "Asia/Tokyo"));
  CHECK(image.keeps(zones + "America/Port-au-Prince"));
  CHECK_FALSE(image.keeps(zones + "Europe"));
}

TEST_CASE("who lists the tables of time zones chooses one by its name", "[time-zones]") {
  MemoryImage image;
  const std::string zones = "usr/share/zoneinfo/";
  image.file(zones + "Asia/Tokyo").file(zones + "right/Asia/Tokyo").looked_up("/usr/share/zoneinfo");
  CHECK_FALSE(image.keeps(zones + "Asia/Tokyo"));
  image.used("/usr/share/zoneinfo", trace::kListed);
  CHECK(image.keeps(zones + "Asia/Tokyo"));
  CHECK_FALSE(image.keeps(zones + "right"));
}

TEST_CASE("Python's own reader of time zones brings the tables", "[python][time-zones]") {
  auto image = python_image();
  const std::string library = kLibrary, zones = "usr/share/zoneinfo/";
  image.file(library + "zoneinfo/__init__.py", "from . import _tzpath\n")
      .file(library + "zoneinfo/_tzpath.py", "")
      .file(library + "sysconfig.py", "")
      .file(library + "_sysconfigdata__x86_64-linux-gnu.py", "TZPATH = '/usr/share/zoneinfo'\n");
  for (const char* zone : {"Europe/Berlin", "UTC", "right/UTC", "posix/UTC"})
    image.file(zones + zone);
  image.file("srv/app/main.py", "def now():\n  import sysconfig\n");
  image.used("/srv/app/main.py", trace::kRead);
  CHECK_FALSE(image.keeps(zones + "Europe/Berlin"));
  image.file("srv/app/main.py", "def now():\n  import zoneinfo\n");
  CHECK(image.keeps(zones + "Europe/Berlin"));
  CHECK_FALSE(image.keeps(zones + "right/UTC"));
}
