// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "keepset/node_source.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("JavaScript's module names are found", "[node]") {
  CHECK(node_specifiers_of("const a = require('a');\nx.require(\"b\"); require (`c`);require(v);"
                           "require.resolve('r'); myrequire('no');") == Paths{"a", "b", "c", "r"});
  CHECK(node_specifiers_of("import x from './x.js';\nimport 'side';\nexport * from \"y\";\n"
                           "const z = await import('z'); import { a,\n b } from '@s/p/q';") ==
        Paths{"side", "z", "./x.js", "y", "@s/p/q"});
}

TEST_CASE("Node modules are resolved as Node does", "[node]") {
  MemoryImage image;
  image.file("opt/srv/node_modules/lib/package.json", R"({"main": "./dist"})");
  image.file("opt/srv/node_modules/lib/dist/index.js", "require('../extra'); require('fs')");
  image.file("opt/srv/node_modules/lib/extra.json", "{}")
      .file("opt/srv/node_modules/lib/unused.js", "");
  image.file(
      "opt/srv/node_modules/esm/package.json",
      R"({"exports": {".": {"import": "./m.mjs", "require": "./c.cjs"}, "./f/*": "./src/*.js"}})");
  image.file("opt/srv/node_modules/esm/m.mjs", "").file("opt/srv/node_modules/esm/c.cjs", "");
  image.file("opt/srv/node_modules/esm/src/one.js", "")
      .file("opt/srv/node_modules/esm/secret.js", "");
  image.file("opt/srv/node_modules/@s/p/package.json", "{broken")
      .file("opt/srv/node_modules/@s/p/index.js", "");
  image.file("usr/share/nodejs/debian/index.js", "")
      .file("usr/share/nodejs/debian/package.json", "{}");
  image.file("opt/srv/a/b/main.js",
             "require('lib'); require('esm'); require('esm/f/one'); require('@s/p'); "
             "require('debian'); require('./c')");
  image.file("opt/srv/a/b/c.js", "");
  image.used("/opt/srv/a/b/main.js", trace::kRead);
  image.options.drop = {"/opt/srv/a/b/nothing*"};
  image.options.drop.clear();
  for (const char* path : {"lib/package.json", "lib/dist/index.js", "lib/extra.json", "esm/m.mjs",
                           "esm/c.cjs", "esm/src/one.js", "@s/p/index.js", "@s/p/package.json"}) {
    INFO(path);
    CHECK(image.keeps(std::string("opt/srv/node_modules/") + path));
  }
  CHECK(image.keeps("usr/share/nodejs/debian/package.json"));
  CHECK(image.keeps("opt/srv/a/b/c.js"));
  CHECK_FALSE(image.keeps("opt/srv/node_modules/lib/unused.js"));
  CHECK_FALSE(image.keeps("opt/srv/node_modules/esm/secret.js"));
}

TEST_CASE("a used Node package has its addons for this machine", "[node]") {
  MemoryImage image;
  const std::string package = "srv/node_modules/crypt/";
  image.file(package + "package.json", "{}").file(package + "index.js", "");
  for (const char* path :
       {"build/Release/crypt.node", "build/Release/obj.target/crypt.node",
        "prebuilds/linux-x64/crypt.musl.node", "prebuilds/linux-arm64/crypt.node",
        "prebuilds/win32-x64/crypt.node", "node_modules/other/other.node"})
    image.file(package + path);
  image.trace.architecture = "x86_64";
  CHECK_FALSE(image.keeps(package + "build/Release/crypt.node"));
  image.used("/" + package + "index.js", trace::kRead);
  CHECK(image.keeps(package + "build/Release/crypt.node"));
  CHECK(image.keeps(package + "prebuilds/linux-x64/crypt.musl.node"));
  for (const char* path :
       {"build/Release/obj.target/crypt.node", "prebuilds/linux-arm64/crypt.node",
        "prebuilds/win32-x64/crypt.node", "node_modules/other/other.node"}) {
    INFO(path);
    CHECK_FALSE(image.keeps(package + path));
  }
}

TEST_CASE("what a require() is asked that a module made itself", "[node]") {
  CHECK(node_specifiers_of("createRequire(import.meta.url)('a');\n"
                           "module.createRequire(path.join(x))(\"b\")") == Paths{"a", "b"});
  CHECK(node_specifiers_of("const load = createRequire(url);\n"
                           "load('a'); load(v); preload('no'); load_('no')") == Paths{"a"});
  CHECK(node_specifiers_of("const require = createRequire(import.meta.url);\nrequire('a')") ==
        Paths{"a"});
  for (const char* source : {"createRequire", "createRequire(", "createRequire(url)",
                             "= createRequire(url)(", "createRequire(url)(`${x}`)"}) {
    INFO(source);
    CHECK(node_specifiers_of(source).empty());
  }
}

TEST_CASE("modules of a Node application that did not run may", "[node][application]") {
  MemoryImage image;
  image.file("srv/app/main.js", "import(`./pages/${name}.js`)")
      .file("srv/app/pages/price.js", "import money from 'money'")
      .file("srv/app/test/price.js", "import tester from 'tester'")
      .file("srv/app/node_modules/money/index.js", "")
      .file("srv/app/node_modules/tester/index.js", "")
      .used("/srv/app/main.js", trace::kRead);
  CHECK(image.keeps("srv/app/node_modules/money/index.js"));
  CHECK_FALSE(image.keeps("srv/app/node_modules/tester/index.js"));
}

TEST_CASE("Node packages behind symlinks come with the way to them", "[node]") {
  MemoryImage image;
  const std::string modules = "srv/app/node_modules/";
  image.file("srv/app/main.js", "require('dates'); import('parts/sub.js')")
      .symlink(modules + "dates", "../../../store/dates")
      .symlink(modules + "parts", "/store/parts")
      .file("store/dates/package.json", R"({"main": "./dates.js"})")
      .symlink("store/dates/dates.js", "../../usr/share/javascript/dates.js")
      .file("usr/share/javascript/dates.js", "")
      .file("store/parts/package.json", "{}")
      .file("store/parts/sub.js", "")
      .used("/srv/app/main.js", trace::kRead);
  for (const std::string& path :
       {modules + "dates", modules + "parts", std::string("store/dates/package.json"),
        std::string("store/dates/dates.js"), std::string("usr/share/javascript/dates.js"),
        std::string("store/parts/sub.js")}) {
    INFO(path);
    CHECK(image.keeps(path));
  }
}

TEST_CASE("modules that a name is put after at run time are kept with their directory", "[node]") {
  CHECK(node_directories_of(
            "require('./locale/' + name); load(`../rules/${x}.js`); './a' + './b c/'") ==
        Paths{"../rules/", "./locale/"});
  MemoryImage image;
  const std::string package = "srv/node_modules/dates/";
  image.file(package + "index.js", "alias('./locale/' + name)")
      .file(package + "locale/de.js", "require('./data.json')")
      .file(package + "locale/data.json", "{}")
      .file(package + "locale/README.md")
      .used("/" + package + "index.js", trace::kRead);
  CHECK(image.keeps(package + "locale/de.js"));
  CHECK(image.keeps(package + "locale/data.json"));
  CHECK_FALSE(image.keeps(package + "locale/README.md"));
  image.file(package + "locale/all.js", std::string((1u << 20) + 1, ' '));
  CHECK_FALSE(image.keeps(package + "locale/de.js"));
}

TEST_CASE("names within a Node package are what it maps them to", "[node]") {
  MemoryImage image;
  image.file("opt/srv/package.json",
             R"({"imports": {"#a": {"node": "./lib/a.js", "default": "dep"}, "#b/*": "./b/*.js",
                 "#again": "#again", "#c": null}})");
  image.file("opt/srv/lib/main.js",
             "import a from '#a'; require('#b/one'); require('#again'); require('#c')");
  for (const char* path : {"opt/srv/lib/a.js", "opt/srv/b/one.js", "opt/srv/b/two.js"})
    image.file(path, "");
  image.file("opt/srv/node_modules/dep/index.js", "");
  image.used("/opt/srv/lib/main.js", trace::kRead);
  for (const char* path : {"lib/a.js", "b/one.js", "node_modules/dep/index.js"}) {
    INFO(path);
    CHECK(image.keeps(std::string("opt/srv/") + path));
  }
  CHECK_FALSE(image.keeps("opt/srv/node_modules/dep/other.js"));
}
