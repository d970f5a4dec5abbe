// SPDX-License-Identifier: Apache-2.0
// Classes that composer's autoloader finds, and the packages that come with them.
#include <catch2/catch.hpp>

#include "keepset/composer.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

const std::string kVendor = "srv/shop/vendor/";

// As composer 2 leaves it: money needs text; mail is needed by nobody; links is linked to.
MemoryImage shop() {
  MemoryImage image;
  image.file(kVendor + "autoload.php").file(kVendor + "composer/ClassLoader.php");
  image.file(kVendor + "composer/installed.json", R"({"packages": [
      {"name": "shop/money", "install-path": "../shop/money",
       "require": {"php": ">=8", "ext-json": "*", "shop/text": "^1"}},
      {"name": "shop/text", "install-path": "../shop/text"},
      {"name": "shop/links", "install-path": "../shop/links"},
      {"name": "shop/nothing", "install-path": null},
      {"name": "shop/mail", "install-path": "../shop/mail"}], "dev": false})");
  image.file(kVendor + "composer/autoload_psr4.php",
             "<?php\n$vendorDir = dirname(__DIR__);\n$baseDir = dirname($vendorDir);\n"
             "return array(\n"
             "    'Shop\\\\Money\\\\' => array($vendorDir . '/shop/money/src'),\n"
             "    'Shop\\\\Mail\\\\' => array($vendorDir . '/x', $vendorDir . '/shop/mail/src'),\n"
             "    'App\\\\' => array($baseDir . '/src'),\n);\n");
  image.file(kVendor + "composer/autoload_namespaces.php",
             "    'Old_' => array($vendorDir . '/shop/links/lib'),\n");
  image.file(kVendor + "composer/autoload_classmap.php",
             "    'Shop\\\\Text\\\\Table' => $vendorDir . '/shop/text/Table.php',\n");
  for (const char* path : {"money/src/Price.php", "money/src/Format/Csv.php", "money/rates.json",
                           "money/tests/PriceTest.php", "money/src/tests/Data.php",
                           "text/Table.php", "mail/src/Message.php", "mail/mime.txt"}) {
    image.file(kVendor + "shop/" + path);
  }
  image.symlink(kVendor + "shop/links", "../../packages/links");
  image.file("srv/shop/packages/links/lib/Old/Link.php");
  image.file("srv/shop/src/Late.php").file("srv/shop/index.php", "<?php\n");
  return image;
}

}  // namespace

TEST_CASE("what composer maps", "[composer]") {
  using Mappings = std::vector<ComposerMapping>;
  CHECK(composer_mappings_of("    'A\\\\B\\\\' => array($vendorDir . '/a/b', $baseDir . '/c'),\n"
                             "'' => array($baseDir . '/'),\n'X' => $vendorDir . '/x.php',\n",
                             "srv/vendor") == Mappings{{"A\\B\\", {"srv/vendor/a/b", "srv/c"}},
                                                       {"", {"srv"}},
                                                       {"X", {"srv/vendor/x.php"}}});
  CHECK(composer_mappings_of("'P\\\\' => array('/usr/share/php/P', $baseDir . '/p'),\n", "srv/vendor") ==
        Mappings{{"P\\", {"usr/share/php/P", "srv/p"}}});
  for (const char* text :
       {"'A' => 'b',\n", "'A\n", "$vendorDir . '/a'\n", "'A' => $vendorDir . '"}) {
    INFO(text);
    CHECK(composer_mappings_of(text, "v").empty());
  }
}

TEST_CASE("the classes that a PHP source names", "[composer]") {
  using Names = std::set<std::string>;
  CHECK(php_names_of("use A\\B\\C as D;\nnew \\E\\F(); f('G\\\\H'); I::x; $j->k; l\\m();") ==
        Names{"A\\B\\C", "D", "E\\F", "G\\H", "I", "l\\m"});
  CHECK(php_names_of("use A\\B\\{C, D\\E as F,\n  G};") ==
        Names{"A\\B\\C", "A\\B\\D\\E", "A\\B\\G", "C", "D\\E", "F", "G"});
  CHECK(php_names_of("\\ x\\") == Names{"x"});
  CHECK(php_names_of("class a extends b { f(new c(), new  D); }") == Names{"D", "b", "c"});
  CHECK(php_names_of("use A\\{").empty());
}

TEST_CASE("a package of which a class was used is kept, with what it needs", "[composer]") {
  MemoryImage image = shop();
  CHECK_FALSE(image.keeps(kVendor + "shop/money/rates.json"));
  image.looked_up("/" + kVendor + "shop/money/src/Price.php");
  CHECK_FALSE(image.keeps(kVendor + "shop/money/rates.json"));
  image.used("/" + kVendor + "shop/money/src/Price.php", trace::kRead);
  const auto keep = image.compute();
  REQUIRE(keep);
  for (const char* path :
       {"autoload.php", "composer/ClassLoader.php", "composer/installed.json",
        "shop/money/src/Format/Csv.php", "shop/money/src/tests/Data.php", "shop/text/Table.php"}) {
    INFO(path);
    REQUIRE(keep->paths.contains(kVendor + path));
    CHECK(keep->paths.at(kVendor + path) ==
          std::set<Reason>{{"php-package", "/" + kVendor + "shop/money/src/Price.php"}});
  }
  for (const char* path : {"shop/money/tests/PriceTest.php", "shop/mail/src/Message.php"}) {
    CHECK_FALSE(keep->paths.contains(kVendor + path));
  }
  SECTION("unless it is a large one") {
    image.file(kVendor + "shop/money/table.php", std::string(17u << 20, 'x'));
    const auto without = image.compute();
    REQUIRE(without);
    CHECK_FALSE(without->paths.contains(kVendor + "shop/money/rates.json"));
    CHECK(without->paths.contains(kVendor + "shop/text/Table.php"));
    REQUIRE(without->warnings.size() == 1);
    CHECK(without->warnings[0].starts_with("/srv/shop/vendor/shop/money is large"));
  }
  SECTION("by composer 1, a list without paths") {
    image.file(kVendor + "composer/installed.json",
               R"([{"name": "shop/money"}, {"name": 3}, "x", {"name": "shop/gone"}])");
    CHECK(image.keeps(kVendor + "shop/money/rates.json"));
    CHECK_FALSE(image.keeps(kVendor + "shop/text/Table.php"));
  }
  SECTION("where nothing is understood, what was used") {
    image.file(kVendor + "composer/installed.json", "{\"packages\": [");
    CHECK_FALSE(image.keeps(kVendor + "shop/money/rates.json"));
    CHECK(image.keeps(kVendor + "shop/money/src/Price.php"));
  }
}

TEST_CASE("packages that the application names classes of are kept", "[composer]") {
  MemoryImage image = shop();
  image.used("/srv/shop/index.php", trace::kRead);
  const auto with = [&](const std::string& source) {
    image.file("srv/shop/index.php", source);
    return image;
  };
  CHECK(with("use Shop\\Mail\\Message;").keeps(kVendor + "shop/mail/mime.txt"));
  CHECK(with("use Shop\\Mail\\Message;").keeps(kVendor + "autoload.php"));
  CHECK_FALSE(with("use Shop\\Mail\\Gone;").keeps(kVendor + "shop/mail/mime.txt"));
  CHECK(with("f('Shop\\\\Text\\\\Table');").keeps(kVendor + "shop/text/Table.php"));
  CHECK(with("new Old_Link;").keeps(kVendor + "shop/links"));
  CHECK(with("new Old_Link;").keeps("srv/shop/packages/links/lib/Old/Link.php"));
  CHECK_FALSE(with("Old_Links").keeps(kVendor + "shop/links"));
}

TEST_CASE("classes may be mapped to where a distribution has them", "[composer]") {
  MemoryImage image = shop();
  image.file(kVendor + "composer/autoload_classmap.php",
             "'Colours' => '/usr/share/colours/colours.php',\n");
  image.file("usr/share/colours/colours.php", "").file("usr/share/colours/parts/red.php");
  image.file("srv/shop/index.php", "").used("/srv/shop/index.php", trace::kRead);
  CHECK_FALSE(image.keeps("usr/share/colours/colours.php"));
  image.file("srv/shop/index.php", "$colours = new Colours();");
  CHECK(image.keeps("usr/share/colours/colours.php"));
  CHECK(image.keeps("usr/share/colours/parts/red.php"));
}

TEST_CASE("the application is kept whole beside its packages, and by name where it is large",
          "[composer][application]") {
  MemoryImage image = shop();
  image.file("srv/shop/index.php", "App\\Late").used("/srv/shop/index.php", trace::kRead);
  image.file(kVendor + "shop/unused/large.php", std::string(5u << 20, 'x'));
  image.file("srv/shop/vendor.txt");
  CHECK(image.keeps("srv/shop/vendor.txt"));
  CHECK_FALSE(image.keeps(kVendor + "shop/unused/large.php"));
  for (int i = 0; i < 20000; ++i) image.file("srv/shop/media" + std::to_string(i));
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK_FALSE(keep->paths.contains("srv/shop/vendor.txt"));
  CHECK(keep->paths.at("srv/shop/src/Late.php").contains({"php-class", "/srv/shop/index.php"}));
}

TEST_CASE("a library of the distribution may have classes beside its directory", "[composer]") {
  MemoryImage image;
  image.file("usr/share/php/Lib/Block/autoload.php",
             "<?php $classes = array('a' => '/B.php', 'f' => '/../Factory.php', 'g' => '/../gone.php');");
  image.file("usr/share/php/Lib/Block/B.php").file("usr/share/php/Lib/Factory.php");
  image.file("usr/share/php/Lib/Other.php");
  CHECK_FALSE(image.keeps("usr/share/php/Lib/Factory.php"));
  image.used("/usr/share/php/Lib/Block/B.php", trace::kRead);
  CHECK(image.keeps("usr/share/php/Lib/Factory.php"));
  CHECK_FALSE(image.keeps("usr/share/php/Lib/Other.php"));
}

TEST_CASE("a library of the distribution is kept when it was used", "[composer]") {
  MemoryImage image;
  image.file("usr/share/php/Twig/Sub/autoload.php").file("usr/share/php/Twig/Sub/a/B.php");
  image.file("usr/share/php/Twig/Other.php").file("usr/share/php/Mail.php");
  image.file("usr/share/php/Mail/mime.php").file("usr/share/php/Net/Smtp/C.php");
  image.file("usr/share/php/Net/Url.php").file("usr/share/phpx/D.php");
  image.looked_up("/usr/share/php/Twig/Sub/a/B.php");
  CHECK_FALSE(image.keeps("usr/share/php/Twig/Sub/autoload.php"));
  image.used("/usr/share/php/Twig/Sub/a/B.php", trace::kRead);
  CHECK(image.keeps("usr/share/php/Twig/Sub/autoload.php"));
  CHECK_FALSE(image.keeps("usr/share/php/Twig/Other.php"));
  image.used("/usr/share/php/Mail.php", trace::kRead);
  CHECK(image.keeps("usr/share/php/Mail/mime.php"));
  CHECK_FALSE(image.keeps("usr/share/php/Net/Url.php"));
  image.used("/usr/share/php/Net/Smtp/C.php", trace::kRead);
  CHECK(image.keeps("usr/share/php/Net/Url.php"));
}
