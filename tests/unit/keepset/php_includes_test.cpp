// SPDX-License-Identifier: Apache-2.0
// What PHP's sources include.
#include <catch2/catch.hpp>

#include "keepset/php_source.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;
using Part = PhpInclude::Part;
using Kind = PhpInclude::Part::Kind;

TEST_CASE("what a PHP source includes", "[php]") {
  const auto one = [](const std::string& source) {
    const auto all = php_includes_of(source);
    REQUIRE(all.size() == 1);
    return all[0];
  };
  const auto text = [](const char* value) { return Part{Kind::text, value}; };
  CHECK(one("<?php require_once 'Mail/mime.php';") == PhpInclude{-1, {text("Mail/mime.php")}});
  CHECK(one("include(\"a.php\");") == PhpInclude{-1, {text("a.php")}});
  CHECK(one("require __DIR__ . '/../vendor/autoload.php';") ==
        PhpInclude{0, {text("/../vendor/autoload.php")}});
  CHECK(one("require(dirname(__FILE__).'/a.php');") == PhpInclude{0, {text("/a.php")}});
  CHECK(one("require dirname( dirname( __FILE__ ) ) . '/a.php';") ==
        PhpInclude{1, {text("/a.php")}});
  CHECK(one("require dirname(__DIR__, 2) . '/a.php';") == PhpInclude{2, {text("/a.php")}});
  CHECK(one("require_once( ABSPATH . WPINC . '/load.php' );") ==
        PhpInclude{-1, {{Kind::name, "ABSPATH"}, {Kind::name, "WPINC"}, text("/load.php")}});
  CHECK(one("include $root . 'a.php';") == PhpInclude{-1, {{Kind::unknown, ""}, text("a.php")}});
  CHECK(one("include 'lang/' . $l . '.php';") ==
        PhpInclude{-1, {text("lang/"), {Kind::unknown, ""}, text(".php")}});
  CHECK(one("if ($x) { include path('a') . $b['c.d'] . '/b.php'; }") ==
        PhpInclude{-1, {{Kind::unknown, ""}, {Kind::unknown, ""}, text("/b.php")}});
  for (const char* none : {"include $file;", "$this->include('a.php');", "$require = 'a';",
                           "require \"$a/b.php\";", "require 'a.php", "x_include 'a.php';", ""})
    CHECK(php_includes_of(none).empty());
}

TEST_CASE("what a PHP source defines", "[php]") {
  const auto constants = php_constants_of(
      "define( 'WPINC', 'wp-includes' ); define(\"A\", 'a' . B); const DIR = 'x';\n"
      "define('N', 5); define($x, 'y'); $define('Z', 'z');");
  CHECK(constants == std::map<std::string, std::string, std::less<>>{{"DIR", "x"},
                                                                     {"WPINC", "wp-includes"}});
}

TEST_CASE("what PHP's sources include is kept", "[php]") {
  MemoryImage image;
  image.file("usr/share/shop/index.php",
             "<?php define('INC', 'parts'); require __DIR__ . '/load.php';\n"
             "if ($late) require ROOT . INC . '/late.php';\n"
             "if ($mail) require_once 'Mail/mime.php'; include 'lang/' . $l . '.php';\n");
  image.file("usr/share/shop/load.php", "<?php function f() { include 'deep/x.inc'; }");
  image.file("usr/share/shop/parts/late.php", "<?php include dirname(__DIR__) . '/later.php';");
  for (const char* name : {"later.php", "tests/other.php", "deep/x.inc", "lang/de.php", "lang/fr.php",
                           "lang/de.txt"})
    image.file("usr/share/shop/" + std::string(name));
  image.file("usr/share/php/Mail/mime.php", "<?php require 'PEAR.php';");
  image.file("usr/share/php/Mail/part.php").file("usr/share/php/PEAR.php");
  CHECK_FALSE(image.keeps("usr/share/shop/load.php"));
  image.used("/usr/share/shop/index.php", trace::kRead);
  for (const char* name : {"shop/load.php", "shop/parts/late.php", "shop/later.php",
                           "shop/deep/x.inc", "shop/lang/de.php", "shop/lang/fr.php",
                           "php/Mail/mime.php", "php/Mail/part.php", "php/PEAR.php"}) {
    INFO(name);
    CHECK(image.keeps("usr/share/" + std::string(name)));
  }
  CHECK_FALSE(image.keeps("usr/share/shop/tests/other.php"));
  CHECK_FALSE(image.keeps("usr/share/shop/lang/de.txt"));
  SECTION("and what was only looked for is followed") {
    image.looked_up("/usr/share/shop/load.php");
    CHECK(image.keeps("usr/share/shop/deep/x.inc"));
  }
  SECTION("too many to choose from") {
    for (int i = 0; i < 70; ++i) image.file("usr/share/shop/lang/x" + std::to_string(i) + ".php");
    CHECK_FALSE(image.keeps("usr/share/shop/lang/de.php"));
  }
}

TEST_CASE("of a PHP application of the distribution its parts are kept", "[php]") {
  MemoryImage image;
  const std::string app = "usr/share/webmail/", large(100000, 'x');
  image.file(app + "index.php").file("usr/share/webmail2/index.php");
  for (const char* name : {"steps/mail.inc", "skins/mail.html", "lang/de.php", "tests/a.php"})
    image.file(app + name);
  image.file(app + "program/big.php", large).file(app + "img/big.png", large);
  CHECK_FALSE(image.keeps(app + "steps/mail.inc"));
  image.used("/" + app + "index.php", trace::kRead);
  for (const char* name : {"steps/mail.inc", "skins/mail.html", "program/big.php"})
    CHECK(image.keeps(app + name));
  for (const char* name : {"lang/de.php", "tests/a.php"}) CHECK_FALSE(image.keeps(app + name));
  CHECK_FALSE(image.keeps("usr/share/webmail2/index.php"));
  SECTION("not large pictures of a large one") {
    image.file(app + "film", std::string(5u << 20, 'x'));
    CHECK(image.keeps(app + "program/big.php"));
    CHECK_FALSE(image.keeps(app + "img/big.png"));
  }
}
