// SPDX-License-Identifier: Apache-2.0
// What is kept of the application's own directory.
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("a small application is kept whole", "[application]") {
  MemoryImage image;
  image.file("app/main.py", "").file("app/templates/other.html").file("app/.git/objects/x");
  image.file("app/node_modules/left/index.js").directory("app/uploads");
  image.used("/app/main.py", trace::kRead);
  SECTION("beside its source") {
    CHECK(image.keeps("app/templates/other.html"));
    CHECK(image.keeps("app/uploads"));
    CHECK_FALSE(image.keeps("app/.git/objects/x"));
    CHECK_FALSE(image.keeps("app/node_modules/left/index.js"));
  }
  SECTION("in the working directory above it") {
    image.file("work/src/index.js", "")
        .file("work/views/x.ejs")
        .used("/work/src/index.js", trace::kRead);
    image.roots = {"/work"};
    CHECK(image.keeps("work/views/x.ejs"));
  }
  SECTION("below /usr, where it is not the system's") {
    image.file("usr/src/app/a.js", "").file("usr/src/app/views/b").file("usr/share/x/b");
    image.file("usr/share/x/a.js", "").used("/usr/src/app/a.js", trace::kRead);
    image.used("/usr/share/x/a.js", trace::kRead);
    CHECK(image.keeps("usr/src/app/views/b"));
    CHECK_FALSE(image.keeps("usr/share/x/b"));
  }
  SECTION("of a large one the small files") {
    image.file("app/data.bin", std::string(5u << 20, 'x'));
    image.file("app/picture", std::string(70000, 'x'));
    const auto keep = image.compute();
    REQUIRE(keep);
    CHECK(keep->paths.contains("app/templates/other.html"));
    CHECK_FALSE(keep->paths.contains("app/data.bin"));
    CHECK_FALSE(keep->paths.contains("app/picture"));
    REQUIRE(keep->warnings.size() == 1);
    CHECK(keep->warnings[0].starts_with("/app is large"));
  }
  SECTION("of one with much of everything what pages are made of") {
    for (int i = 0; i < 100; ++i)
      image.file("app/n" + std::to_string(i), std::string(60000, 'x'));
    image.file("app/late.py", std::string(70000, 'x')).file("app/style.css", std::string(70000, 'x'));
    CHECK(image.keeps("app/templates/other.html"));
    CHECK(image.keeps("app/late.py"));
    CHECK_FALSE(image.keeps("app/style.css"));
    CHECK_FALSE(image.keeps("app/n7"));
    for (int i = 0; i < 500; ++i)
      image.file("app/p" + std::to_string(i) + ".html", std::string(60000, 'x'));
    CHECK(image.keeps("app/late.py"));
    CHECK_FALSE(image.keeps("app/templates/other.html"));
    for (int i = 0; i < 100; ++i)
      image.file("app/s" + std::to_string(i) + ".js", std::string(400000, 'x'));
    CHECK(image.keeps("app/late.py"));
    CHECK_FALSE(image.keeps("app/s7.js"));
    for (int i = 0; i < 8000; ++i) image.file("app/m" + std::to_string(i) + ".py", "");
    CHECK_FALSE(image.keeps("app/late.py"));
    CHECK(image.keeps("app/main.py"));
  }
  SECTION("that a package installed, but for documentation and other languages") {
    const std::string tracker = "usr/share/tracker/";
    image.file(tracker + "config/application.rb", "").file(tracker + "app/views/issue.html.erb");
    image.file(tracker + "doc/x").file(tracker + "config/locales/de.yml").file("usr/share/ruby/x.rb", "");
    image.file("usr/share/ruby/y.rb", "").used("/usr/share/ruby/y.rb", trace::kRead);
    CHECK_FALSE(image.keeps(tracker + "app/views/issue.html.erb"));
    image.used("/" + tracker + "config/application.rb", trace::kRead);
    CHECK(image.keeps(tracker + "app/views/issue.html.erb"));
    for (const std::string path : {tracker + "doc/x", tracker + "config/locales/de.yml",
                                   std::string("usr/share/ruby/x.rb")})
      CHECK_FALSE(image.keeps(path));
  }
  SECTION("in the language that was read") {
    const std::string wiki = "usr/share/wiki/";
    for (const char* language : {"de", "en"})
      image.file(wiki + "plugins/admin/lang/" + language + "/lang.php", "");
    image.file(wiki + "doc/en/x").file(wiki + "index.php", "").file(wiki + "lang/en/lang.php", "");
    image.used("/" + wiki + "index.php", trace::kRead);
    CHECK_FALSE(image.keeps(wiki + "plugins/admin/lang/en/lang.php"));
    image.used("/" + wiki + "lang/en/lang.php", trace::kRead);
    CHECK(image.keeps(wiki + "plugins/admin/lang/en/lang.php"));
    CHECK_FALSE(image.keeps(wiki + "plugins/admin/lang/de/lang.php"));
  }
  SECTION("with parts that are elsewhere, in directories of its name") {
    image.file("usr/share/wiki/index.php", "").symlink("usr/share/wiki/plugins", "/var/lib/wiki/plugins");
    image.symlink("usr/share/wiki/icons", "/usr/share/icons/all").file("usr/share/icons/all/a.php", "");
    image.file("var/lib/wiki/plugins/admin/a.php", "").file("var/lib/wiki/plugins/doc/a.php", "");
    image.used("/usr/share/wiki/index.php", trace::kRead);
    CHECK(image.keeps("var/lib/wiki/plugins/admin/a.php"));
    CHECK_FALSE(image.keeps("var/lib/wiki/plugins/doc/a.php"));
    CHECK_FALSE(image.keeps("usr/share/icons/all/a.php"));
  }
  SECTION("by links that a package has to its pages") {
    const std::string wiki = "usr/share/wiki/", links = "var/lib/wiki/";
    image.file(wiki + "tests/index.php", "").file(wiki + "tests/api.php", "");
    image.symlink(links + "index.php", "/" + wiki + "tests/index.php");
    image.symlink(links + "api.php", "/" + wiki + "tests/api.php");
    image.symlink(links + "other.php", "/etc/passwd").file("etc/passwd", "");
    CHECK_FALSE(image.keeps(links + "api.php"));
    image.looked_up("/" + links + "index.php");
    CHECK(image.keeps(links + "api.php"));
    CHECK(image.keeps(wiki + "tests/api.php"));
    CHECK_FALSE(image.keeps(links + "other.php"));
  }
  SECTION("where the config says that it is, in a directory of the system") {
    image.file("var/lib/blog/current/index.js", "").file("var/lib/blog/content/x.hbs");
    image.used("/var/lib/blog/current/index.js", trace::kRead);
    CHECK_FALSE(image.keeps("var/lib/blog/content/x.hbs"));
    image.roots = {"/var/lib/blog"};
    CHECK(image.keeps("var/lib/blog/content/x.hbs"));
  }
  SECTION("what a program looked through, without more names of one file") {
    image.file("data/a/used").file("data/b/same").file("data/c/one").file("data/d/two");
    for (const char* path : {"data/a/used", "data/b/same", "data/c/one", "data/d/two"}) {
      auto entry = *image.index.find(path);
      entry.link_group = path < std::string_view("data/c") ? 7 : 8;
      image.index.put(entry);
    }
    image.used("/data/a/used", trace::kRead).used("/data", trace::kListed);
    CHECK_FALSE(image.keeps("data/b/same"));
    CHECK(image.keeps("data/c/one"));
    CHECK_FALSE(image.keeps("data/d/two"));
  }
  SECTION("what a program looked through") {
    image.file("opt/base/webapps/shop/page.jsp").file("opt/base/logs/old").file("usr/share/y/z");
    image.file("data/large", std::string(5u << 20, 'x'));
    image.used("/opt/base/webapps", trace::kListed).used("/usr/share/y", trace::kListed);
    image.used("/data", trace::kListed);
    CHECK(image.keeps("opt/base/webapps/shop/page.jsp"));
    CHECK_FALSE(image.keeps("opt/base/logs/old"));
    CHECK_FALSE(image.keeps("usr/share/y/z"));
    const auto keep = image.compute();
    REQUIRE(keep);
    CHECK_FALSE(keep->paths.contains("data/large"));
    CHECK(keep->warnings.empty());
  }
  SECTION("not the system, nor data that was read") {
    image.file("usr/lib/tool/a.py", "")
        .file("usr/lib/tool/b")
        .used("/usr/lib/tool/a.py", trace::kRead);
    image.file("data/x.csv").file("data/y.csv").used("/data/x.csv", trace::kRead);
    CHECK_FALSE(image.keeps("usr/lib/tool/b"));
    CHECK_FALSE(image.keeps("data/y.csv"));
  }
  SECTION("what a web server serves") {
    image.file("var/www/html/index.html").file("var/www/html/about.html");
    image.used("/var/www/html/index.html", trace::kRead);
    CHECK(image.keeps("var/www/html/about.html"));
  }
  SECTION("what a web server serves, however much an application there has") {
    image.file("var/www/html/index.php", "").file("var/www/html/film", std::string(40u << 20, 'x'));
    image.used("/var/www/html/index.php", trace::kRead).used("/srv/data", trace::kListed);
    image.file("srv/data/film", std::string(5u << 20, 'x'));
    CHECK(image.keeps("var/www/html/film"));
    CHECK_FALSE(image.keeps("srv/data/film"));
    image.file("var/www/html/more", std::string(90u << 20, 'x')).file("var/www/html/about.html");
    CHECK_FALSE(image.keeps("var/www/html/film"));
    CHECK(image.keeps("var/www/html/about.html"));
  }
}

TEST_CASE("where a server is started is what it serves, though it opened none of it", "[application]") {
  MemoryImage image;
  image.program("usr/local/bin/shop", "").executed("/usr/local/bin/shop");
  image.file("work/templates/page.html").file("work/app.toml").file("work/node_modules/a/a.css");
  image.roots = {"/work"};
  CHECK_FALSE(image.keeps("work/app.toml"));
  image.trace.sockets.insert(
      {.action = trace::SocketAction::listen, .process = "/usr/local/bin/shop"});
  CHECK(image.keeps("work/app.toml"));
  CHECK(image.keeps("work/templates/page.html"));
  CHECK_FALSE(image.keeps("work/node_modules/a/a.css"));
  for (int i = 0; i < 3000; ++i) image.file("work/" + std::to_string(i));
  CHECK_FALSE(image.keeps("work/app.toml"));
}
