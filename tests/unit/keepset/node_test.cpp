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

TEST_CASE("what a JavaScript module names beside itself", "[node]") {
  CHECK(node_neighbours_of("join(__dirname, '..', \"static\"); f(__dirname + '/data/x.afm', 'utf8');\n"
                           "g(`${__dirname}/t/${n}.txt`); resolve(__dirname, 'w.js')") ==
        Paths{"./../static", "./data/x.afm", "./t/", "./w.js"});
  CHECK(node_neighbours_of("join(__dirname, 'locales', name); f(__dirname + '/l/en-' + name);\n"
                           "new URL('./w.mjs', import.meta.url); new URL('./no', base)") ==
        Paths{"./l/", "./locales/", "./w.mjs"});
  CHECK(node_neighbours_of("f(__dirname); join(__dirname, x); __dirname + x; my__dirname + '/a';"
                           "__dirname + '.js'; join(__dirname + x, 'a')")
            .empty());
}

TEST_CASE("what a used Node module names beside itself is kept", "[node]") {
  MemoryImage image;
  const std::string package = "srv/node_modules/pool/";
  image.file(package + "package.json", "{}").file(package + "dist/extra.js", "");
  image.file(package + "dist/index.js",
             "new Worker(resolve(__dirname, 'worker.js')); root(join(__dirname, '..', 'pages'));"
             "read(__dirname + '/data/a.txt'); join(__dirname, '..'); join(__dirname, '../..')");
  image.file(package + "dist/worker.js", "require('./extra')");
  image.file(package + "dist/data/a.txt").file(package + "dist/data/b.txt");
  image.file(package + "pages/index.html").file(package + "unused.js");
  CHECK_FALSE(image.keeps(package + "dist/worker.js"));
  image.used("/" + package + "dist/index.js", trace::kRead);
  for (const char* path :
       {"dist/worker.js", "dist/extra.js", "dist/data/a.txt", "pages/index.html"}) {
    INFO(path);
    CHECK(image.keeps(package + path));
  }
  CHECK_FALSE(image.keeps(package + "dist/data/b.txt"));
  CHECK_FALSE(image.keeps(package + "unused.js"));
}

TEST_CASE("a used Node module's directories of data and of modules elsewhere", "[node]") {
  CHECK(node_directories_of("require('a/b/' + n); import(`@s/c/d/${n}.js`); f('e/f/' + n);"
                            "require('util/')") == Paths{"@s/c/d/", "a/b/"});
  MemoryImage image;
  image.file("srv/main.js", "m = n => require('words/locale/' + n)");
  image.file("srv/node_modules/words/locale/de.js", "require('../lib/de')");
  image.file("srv/node_modules/words/lib/de.js", "").file("srv/node_modules/words/lib/fr.js", "");
  image.file("srv/node_modules/geo/l.js",
             "d = path.resolve(__dirname, dir || './data/'); join(d, 'v4.dat')");
  for (const char* name : {"v4.dat", "v6.dat", "av4.dat"})
    image.file(std::string("srv/node_modules/geo/data/") + name);
  CHECK_FALSE(image.keeps("srv/node_modules/geo/data/v4.dat"));
  image.used("/srv/main.js", trace::kRead).used("/srv/node_modules/geo/l.js", trace::kRead);
  CHECK(image.keeps("srv/node_modules/words/locale/de.js"));
  CHECK(image.keeps("srv/node_modules/words/lib/de.js"));
  CHECK_FALSE(image.keeps("srv/node_modules/words/lib/fr.js"));
  CHECK(image.keeps("srv/node_modules/geo/data/v4.dat"));
  CHECK_FALSE(image.keeps("srv/node_modules/geo/data/v6.dat"));
  CHECK_FALSE(image.keeps("srv/node_modules/geo/data/av4.dat"));
}

TEST_CASE("a used Node package has its dependencies of native code", "[node]") {
  MemoryImage image;
  image.trace.architecture = "x86_64";
  image.file("srv/node_modules/img/index.js", "require(`@img/${platform}/img.node`)");
  image.file("srv/node_modules/img/package.json",
             R"({"optionalDependencies": {"@img/linux-x64": "1", "@img/darwin-x64": "1",
                 "@img/linuxmusl-x64": "1", "@img/absent": "1", "plain": "1"}})");
  image.file("srv/node_modules/@img/linux-x64/package.json",
             R"({"os": ["linux"], "cpu": ["x64"], "libc": ["glibc"], "exports":
                 {"./img.node": "./lib/img.node", "./versions": "./versions.json"},
                 "optionalDependencies": {"@img/lib-linux-x64": "1"}})");
  image.file("srv/node_modules/@img/linux-x64/lib/img.node")
      .file("srv/node_modules/@img/linux-x64/versions.json")
      .file("srv/node_modules/@img/linux-x64/README.md");
  image.file("srv/node_modules/@img/lib-linux-x64/package.json",
             R"({"os": ["!win32"], "cpu": ["x64"], "bin": {"tool": "bin/tool"}})");
  image.file("srv/node_modules/@img/lib-linux-x64/bin/tool");
  image.file("srv/node_modules/@img/darwin-x64/package.json",
             R"({"os": ["darwin"], "cpu": ["x64"], "main": "a.node"})");
  image.file("srv/node_modules/@img/darwin-x64/a.node");
  image.file("srv/node_modules/@img/linuxmusl-x64/package.json",
             R"({"name": "@img/linuxmusl-x64", "os": ["linux"], "main": "a.node"})");
  image.file("srv/node_modules/@img/linuxmusl-x64/a.node");
  image.file("srv/node_modules/plain/package.json", R"({"main": "a.js"})");
  image.file("srv/node_modules/plain/a.js", "");
  CHECK_FALSE(image.keeps("srv/node_modules/@img/linux-x64/lib/img.node"));
  image.used("/srv/node_modules/img/index.js", trace::kRead);
  for (const char* path : {"linux-x64/package.json", "linux-x64/lib/img.node",
                           "linux-x64/versions.json", "lib-linux-x64/bin/tool"}) {
    INFO(path);
    CHECK(image.keeps(std::string("srv/node_modules/@img/") + path));
  }
  for (const char* path : {"@img/linux-x64/README.md", "@img/darwin-x64/a.node",
                           "@img/linuxmusl-x64/a.node", "plain/a.js"}) {
    INFO(path);
    CHECK_FALSE(image.keeps(std::string("srv/node_modules/") + path));
  }
}
