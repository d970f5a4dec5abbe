// SPDX-License-Identifier: Apache-2.0
// What PHP loads later: extensions that settings name, classes that composer's autoloader finds.
#include <catch2/catch.hpp>

#include "keepset/php_source.hpp"
#include "keepset/text.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
using namespace std::string_literals;
namespace trace = slim::trace;

TEST_CASE("the extensions that PHP's settings name", "[php]") {
  const PhpSettings settings = php_settings_of(
      "; extension=commented\nextension=mbstring\r\n extension = \"xsl.so\" ; why\n"
      "zend_extension=/opt/xdebug.so;x\nextension=\n#extension\nextension_dir = '/opt/ext'\n"
      "php_admin_value[extension] = calendar\nphp_value[ extension ]=exif.so\nmy_extension=no\n");
  CHECK(settings.extensions ==
        std::vector<std::string>{"mbstring", "xsl.so", "/opt/xdebug.so", "calendar", "exif.so"});
  CHECK(settings.extension_directory == "/opt/ext");
  CHECK(php_settings_of("extension=\"open\nextension_dir") == PhpSettings{});
}

TEST_CASE("where a PHP program looks", "[php]") {
  const std::string program =
      "\0/etc/php/8.2/cli\0a /usr/lib/php/1\0.:/usr/share/php\0/usr/lib/php/2022\0/usr/bin/x\0"s;
  CHECK(built_in_paths(program, "php") == std::set<std::string>{"/etc/php/8.2/cli", "/usr/lib/php/2022"});
  CHECK(built_in_paths("/php", "php").contains("/php"));
}

TEST_CASE("a PHP program brings its settings, and those their extensions", "[php]") {
  MemoryImage image;
  const std::string program = "ELF\0/etc/php/cli\0/etc/php/cli/conf.d\0/usr/lib/php/2022\0"s;
  image.program("usr/bin/php8.2", program).file("etc/php/cli/php.ini", "extension=a\n");
  image.symlink("etc/php/cli/conf.d/b.ini", "/etc/php/mods/b.ini");
  image.file("etc/php/mods/b.ini", "zend_extension=b.so\nextension=/opt/c.so\n");
  image.file("etc/php/fpm/php.ini", "extension=d\n").file("opt/c.so").file("opt/ext/e.so");
  for (const char* name : {"a", "b", "d", "e"}) {
    image.file("usr/lib/php/2022/" + std::string(name) + ".so");
    image.file("usr/lib/php/2019/" + std::string(name) + ".so");
  }
  CHECK_FALSE(image.keeps("etc/php/cli/php.ini"));
  image.executed("/usr/bin/php8.2");
  CHECK(image.kept() == Paths{"etc", "etc/php", "etc/php/cli", "etc/php/cli/conf.d",
                              "etc/php/cli/conf.d/b.ini", "etc/php/cli/php.ini", "etc/php/mods",
                              "etc/php/mods/b.ini", "opt", "opt/c.so", "usr", "usr/bin",
                              "usr/bin/php8.2", "usr/lib", "usr/lib/php", "usr/lib/php/2022",
                              "usr/lib/php/2022/a.so", "usr/lib/php/2022/b.so"});
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->paths.at("etc/php/cli/php.ini") ==
        std::set<Reason>{{"php-settings", "/usr/bin/php8.2"}});
  CHECK(keep->paths.at("opt/c.so") == std::set<Reason>{{"php-extension", "/etc/php/mods/b.ini"}});
  SECTION("a pool's own, and another directory") {
    image.file("etc/php/fpm/pool.d/www.conf", "php_admin_value[extension] = e\n")
        .used("/etc/php/fpm/pool.d/www.conf", trace::kRead);
    CHECK(image.keeps("usr/lib/php/2022/e.so"));
    CHECK_FALSE(image.keeps("opt/ext/e.so"));
    image.file("etc/php/cli/php.ini", "extension_dir=/opt/ext\n");
    CHECK(image.keeps("opt/ext/e.so"));
  }
  SECTION("settings that the environment names") {
    image.options.environment = {"PHP_INI_SCAN_DIR=:/srv/php.d", "PHPRC=/etc/php/fpm"};
    image.file("srv/php.d/e.ini", "extension=e\n");
    CHECK(image.keeps("usr/lib/php/2022/d.so"));
    CHECK(image.keeps("usr/lib/php/2022/e.so"));
  }
  SECTION("for Apache, a library") {
    image.file("usr/lib/apache2/modules/libphp8.2.so", "\0/etc/php/fpm\0"s);
    CHECK_FALSE(image.keeps("etc/php/fpm/php.ini"));
    image.used("/usr/lib/apache2/modules/libphp8.2.so", trace::kMapped);
    CHECK(image.keeps("etc/php/fpm/php.ini"));
  }
  SECTION("at every closure but the narrowest") {
    image.options.closure = Closure::observed;
    CHECK(image.kept() == Paths{"usr", "usr/bin", "usr/bin/php8.2"});
  }
}
