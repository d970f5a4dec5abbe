// SPDX-License-Identifier: Apache-2.0
// Texts in several languages.
#include <catch2/catch.hpp>

#include "keepset/language_names.hpp"
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

TEST_CASE("of a language in which a text was read the others are kept, too", "[languages]") {
  MemoryImage image;
  const std::string texts = "usr/share/wiki/inc/";
  for (const char* language : {"de", "en", "fr", "pl"})
    image.file(texts + language + "/menu").file(texts + language + "/denied.txt");
  image.file(texts + "pl/only.txt").file(texts + "en/more/help.txt");
  CHECK_FALSE(image.keeps(texts + "en/denied.txt"));
  image.used("/" + texts + "en/menu", trace::kRead);
  CHECK(image.keeps(texts + "en/denied.txt"));
  CHECK(image.keeps(texts + "fr/denied.txt"));
  CHECK_FALSE(image.keeps(texts + "pl/only.txt"));
  CHECK_FALSE(image.keeps(texts + "en/more/help.txt"));
  image.file(texts + "fr/denied.txt", std::string(5u << 20, 'x'));
  CHECK(image.keeps(texts + "en/denied.txt"));
  CHECK_FALSE(image.keeps(texts + "fr/denied.txt"));
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

TEST_CASE("modules with short names are no languages", "[languages]") {
  MemoryImage image;
  const std::string modules = "usr/share/nodejs/";
  for (const char* name : {"accepts", "is-map", "is-glob", "is-regex", "del", "for-each", "ms", "npm",
                           "has-flag", "js-yaml", "lru-cache", "has"})
    image.file(modules + name + "/package.json");
  image.used("/" + modules + "accepts/package.json", trace::kRead);
  CHECK_FALSE(image.keeps(modules + "is-map/package.json"));
  CHECK_FALSE(image.keeps(modules + "del/package.json"));
}

TEST_CASE("languages are called as in RFC 5646, or as locales", "[languages]") {
  for (const char* name : {"de", "pt-br", "pt_BR", "es-419", "zh_Hant", "zh-hant-tw", "ast", "ca@valencia",
                           "ca-valencia", "de_DE.UTF-8", "sr_RS.utf8@latin", "greek"})
    CHECK(is_language(name));
  for (const char* name : {"", "d", "zz", "js", "lib", "de-", "de_x", "is-glob", "de-de-", "en.x.org",
                           "me@example.org", "deutsch"}) {
    INFO(name);
    CHECK_FALSE(is_language(name));
  }
}

TEST_CASE("three directories with short names are no languages", "[languages]") {
  MemoryImage image;
  image.file("opt/bin/x").file("opt/lib/x").file("opt/etc/x").used("/opt/etc/x", trace::kRead);
  CHECK_FALSE(image.keeps("opt/lib/x"));
}

TEST_CASE("of what a library knows of languages the application's are kept", "[languages]") {
  MemoryImage image;
  const std::string data = "usr/share/babel/";
  for (const char* name : {"ar", "cs", "da", "de", "de_AT", "en", "es", "fi", "fr", "hu", "id", "is",
                           "it", "ja", "nl", "no", "pl", "pt", "pt_BR", "ru", "root", "zh"})
    image.file(data + name + ".dat").file("usr/share/other/" + std::string(name) + ".txt");
  image.file(data + "de.txt");
  image.file("app/main.py", "best(['en', 'de'])\nrow['id']\nlocale = 'ja'\nx = {'a': 'is'}\n");
  image.file("app/translations/pt-BR.json").file("app/locale/hu/LC_MESSAGES/app.mo");
  image.used("/app/main.py", trace::kRead);
  CHECK_FALSE(image.keeps(data + "de.dat"));
  image.looked_up("/" + data + "en.dat");
  const auto keep = image.compute();
  REQUIRE(keep);
  for (const char* name : {"root", "en", "de", "de_AT", "ja", "pt", "pt_BR", "hu"})
    CHECK(keep->paths.contains(data + name + ".dat"));
  for (const char* name : {"fr", "id", "is", "no", "zh"})
    CHECK_FALSE(keep->paths.contains(data + name + ".dat"));
  CHECK_FALSE(keep->paths.contains(data + "de.txt"));
  CHECK_FALSE(keep->paths.contains("usr/share/other/de.txt"));
  SECTION("not if many others are beside them") {
    for (int i = 0; i < 9; ++i) image.file(data + "file" + std::to_string(i) + ".dat");
    CHECK_FALSE(image.keeps(data + "de.dat"));
  }
}
