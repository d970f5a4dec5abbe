// SPDX-License-Identifier: Apache-2.0
// Texts in several languages.
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("of a text that was read those in other languages are kept", "[languages]") {
  MemoryImage image;
  const std::string pages = "usr/share/proxy/";
  for (const char* language : {"templates", "de", "fr", "pt-br", "zh_Hant", "bin2", "sr-cyrl-rs"})
    image.file(pages + language + "/denied").file(pages + language + "/failed");
  image.symlink(pages + "de-at", "de").symlink(pages + "German", "de").file(pages + "en/other");
  image.looked_up("/" + pages + "templates/denied");
  CHECK_FALSE(image.keeps(pages + "de/denied"));
  image.used("/" + pages + "templates/denied", trace::kRead);
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->paths.at(pages + "de/denied") ==
        std::set<Reason>{{"language", "/" + pages + "templates/denied"}});
  for (const char* path : {"fr/denied", "pt-br/denied", "zh_Hant/denied", "sr-cyrl-rs/denied", "de-at"})
    CHECK(keep->paths.contains(pages + path));
  for (const char* path : {"bin2/denied", "de/failed", "en/other", "German"})
    CHECK_FALSE(keep->paths.contains(pages + path));
  SECTION("not if they are large") {
    image.file(pages + "de/denied", std::string(5u << 20, 'x'));
    CHECK_FALSE(image.keeps(pages + "fr/denied"));
  }
}

TEST_CASE("a text may be further down in its language's directory", "[languages]") {
  MemoryImage image;
  for (const char* language : {"de", "en", "fr", "pl"})
    image.file("usr/share/app/" + std::string(language) + "/mail/new").file(
        "usr/share/locale/" + std::string(language) + "/mail/new");
  image.used("/usr/share/app/en/mail/new", trace::kRead);
  image.used("/usr/share/locale/en/mail/new", trace::kRead);
  CHECK(image.keeps("usr/share/app/de/mail/new"));
  CHECK_FALSE(image.keeps("usr/share/locale/de/mail/new"));
}

TEST_CASE("languages may be called by their names", "[languages]") {
  MemoryImage image;
  for (const char* language : {"english", "french", "german", "greek", "charsets"})
    image.file("usr/share/db/" + std::string(language) + "/messages");
  image.used("/usr/share/db/english/messages", trace::kRead);
  CHECK(image.keeps("usr/share/db/greek/messages"));
  CHECK_FALSE(image.keeps("usr/share/db/charsets/messages"));
}

TEST_CASE("three directories with short names are no languages", "[languages]") {
  MemoryImage image;
  image.file("opt/bin/x").file("opt/lib/x").file("opt/etc/x").used("/opt/etc/x", trace::kRead);
  CHECK_FALSE(image.keeps("opt/lib/x"));
}
