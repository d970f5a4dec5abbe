// SPDX-License-Identifier: Apache-2.0
// What a program that draws texts looks for when it draws the first.
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("fontconfig's settings are kept with it, and fonts while they are small", "[fonts]") {
  const std::string library = "usr/lib/x86_64-linux-gnu/libfontconfig.so.1.12.0";
  const std::string font = "usr/share/fonts/truetype/sans.ttf";
  MemoryImage image;
  image.file("etc/fonts/fonts.conf").symlink("etc/fonts/conf.d/10-hint.conf", "/usr/share/conf/10.conf");
  image.file("usr/share/conf/10.conf").file(library).file(font, std::string(100, 'f'));
  image.looked_up("/" + library);
  CHECK_FALSE(image.keeps("etc/fonts/fonts.conf"));
  image.used("/" + library, trace::kMapped);
  for (const char* kept : {"etc/fonts/fonts.conf", "etc/fonts/conf.d/10-hint.conf",
                           "usr/share/conf/10.conf"}) {
    INFO(kept);
    CHECK(image.keeps(kept));
  }
  CHECK_FALSE(image.keeps(font));
  image.file("usr/share/data", std::string(1200, 'x')).used("/usr/share/data", trace::kRead);
  CHECK(image.keeps(font));
}

TEST_CASE("fontconfig's settings are there for code that loads it some day", "[fonts]") {
  const std::string package = "usr/lib/R/library/charts/";
  MemoryImage image;
  image.file("etc/fonts/fonts.conf").file(package + "DESCRIPTION").file(package + "Meta/package.rds");
  image.file(package + "libs/libfontconfig.so.1").file(package + "R/charts.rdb");
  CHECK_FALSE(image.keeps("etc/fonts/fonts.conf"));
  image.used("/" + package + "R/charts.rdb", trace::kRead);
  CHECK(image.keeps("etc/fonts/fonts.conf"));
}
