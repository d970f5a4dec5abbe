// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "keepset/python_source.hpp"
#include "unit/keepset/python_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

// "level:module:name,name" with ! for deferred, ? for fallback, * for a word that may be one.
Paths imports_of(std::string_view source) {
  Paths result;
  for (const PythonImport& import : python_imports_of(source)) {
    std::string text(import.level, '.');
    text += import.module;
    for (const std::string& name : import.names) text += " " + name;
    if (import.deferred) text += " !";
    if (import.fallback) text += " ?";
    if (import.word) text += " *";
    result.push_back(text);
  }
  return result;
}

}  // namespace

TEST_CASE("import statements are found wherever they stand", "[python]") {
  CHECK(imports_of("import os, a.b as c\nfrom x.y import (z as q,\n  w)\nfrom . import m\nfrom ..p "
                   "import *\n") == Paths{"os", "a.b", "x.y z w", ". m", "..p"});
  CHECK(imports_of("def f():\n    import a\n    if x:\n        from b import c\nimport d\n") ==
        Paths{"a !", "b c !", "d"});
  CHECK(imports_of(
            "class C:\n  import a\n  async def f(self,\n      x=1):\n    import b\n  import c\n") ==
        Paths{"a", "b !", "c"});
  CHECK(imports_of("try:\n  import a\nexcept ImportError:\n  import b\nelse:\n  import c\n") ==
        Paths{"a", "b ?", "c"});
  CHECK(imports_of("if sys.platform == 'win32':\n  import w\nelse:\n  import u\n") ==
        Paths{"win32 ? *", "w ?", "u"});
  CHECK(imports_of("if sys.platform != 'win32':\n  import u\n") == Paths{"win32 *", "u"});
  CHECK(imports_of("if TYPE_CHECKING:\n  import t\nimport u\n") == Paths{"u"});
  CHECK(imports_of("x = 1; import a; import b\ntry: import c\nexcept E: pass\n") ==
        Paths{"a", "b", "c"});
  CHECK(imports_of("if x == 'k': import a\nfor y in z: from b import c\ndef f(): import d\n"
                   "print('if a: import e')\nif 'q: import g': pass\n") ==
        Paths{"k *", "a", "b c", "d !"});
  CHECK(imports_of("import \\\n  a\n") == Paths{"a"});
  CHECK(imports_of(
            "m = importlib.import_module('a.b')\nn = __import__(\"c\")\nimport_module(name)\n") ==
        Paths{"a.b", "c"});
}

TEST_CASE("a string may name a module to import some time", "[python]") {
  CHECK(imports_of("loaders = ['web.loaders.files.Loader', \"web.cache\"]\n") ==
        Paths{"web.loaders.files Loader !", "web.cache !"});
  CHECK(imports_of("x = ['.a.b', 'a.b.', 'a b.c', 'a/b.c', '']\n").empty());
  CHECK(imports_of("soup = parse(text, 'lxml')\n") == Paths{"lxml *"});
}

TEST_CASE("what only looks like an import is none", "[python]") {
  CHECK(imports_of("'''\nimport a\n'''\ns = \"import b\"\n# import c\nimportant = 1\nfromage = 2\n")
            .empty());
  CHECK(imports_of("x = '''it's\nimport a'''\nimport b\n") == Paths{"b"});
  CHECK(imports_of("from import\nimport\nfrom x\nimport (\n").empty());
  CHECK(imports_of("s = 'never closed\nimport a\n") == Paths{"a"});
}

TEST_CASE("source and bytecode belong together", "[python]") {
  auto image = python_image();
  const std::string site = kSite;
  image.file(site + "m/__init__.py", "").file(site + "m/__pycache__/__init__.cpython-311.pyc");
  image.file(site + "m/a.py", "").file(site + "m/__pycache__/a.cpython-311.pyc");
  image.file(site + "m/__pycache__/a.cpython-311.opt-1.pyc").file(site + "m/b.py", "");
  image.file(site + "m/__pycache__/b.cpython-311.pyc");
  image.used("/" + site + "m/__pycache__/__init__.cpython-311.pyc", trace::kRead);
  image.used("/" + site + "m/a.py", trace::kRead).looked_up("/" + site + "m/b.py");
  CHECK(image.keeps(site + "m/__init__.py"));
  CHECK(image.keeps(site + "m/__pycache__/a.cpython-311.pyc"));
  CHECK_FALSE(image.keeps(site + "m/__pycache__/a.cpython-311.opt-1.pyc"));
  CHECK_FALSE(image.keeps(site + "m/__pycache__/b.cpython-311.pyc"));
}

TEST_CASE("a module that ran brings what it may import later", "[python]") {
  auto image = python_image();
  const std::string site = kSite;
  image.file(site + "web/__init__.py", "def f():\n  from .errors import E\n  import pdb\n");
  image.file(site + "web/errors.py",
             "from . import deep\nimport json\nimport abc\ndef f():\n  import never\n");
  image.file(site + "web/deep.py", "").file(site + "never.py", "");
  image.file(site + "web/tests/__init__.py", "");
  image.used("/" + site + "web/__init__.py", trace::kRead);
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->paths.at(site + "web/errors.py") ==
        std::set<Reason>{{"python-import", "/" + site + "web/__init__.py"},
                         {"python-package", "/" + site + "web/__init__.py"}});
  CHECK(keep->paths.contains(site + "web/deep.py"));
  CHECK(keep->paths.contains(std::string(kLibrary) + "json.py"));
  // Another package's, what only a further call would need, and what is in the interpreter.
  CHECK_FALSE(keep->paths.contains(std::string(kLibrary) + "pdb.py"));
  CHECK_FALSE(keep->paths.contains(site + "never.py"));
  CHECK_FALSE(keep->paths.contains(std::string(kLibrary) + "abc.py"));
}

TEST_CASE("an installed package that is used is kept whole", "[python]") {
  auto image = python_image();
  const std::string site = kSite;
  image.file(site + "web/__init__.py", "loader = 'web.loaders.files.Loader'\n")
      .file(site + "web/loaders/__init__.py", "")
      .file(site + "web/loaders/files.py", "import json\n")
      .file(site + "web/made.py", "import pdb\n")
      .file(site + "web/tests/__init__.py", "")
      .file(site + "web/_vendor/other.py", "")
      .file(site + "unused/__init__.py", "")
      .used("/" + site + "web/__init__.py", trace::kRead);
  CHECK(image.keeps(site + "web/made.py"));
  CHECK_FALSE(image.keeps(std::string(kLibrary) + "pdb.py"));  // what nobody asks for asks nobody
  CHECK(image.keeps(site + "web/loaders/files.py"));
  CHECK(image.keeps(std::string(kLibrary) + "json.py"));
  CHECK_FALSE(image.keeps(site + "web/tests/__init__.py"));
  CHECK_FALSE(image.keeps(site + "web/_vendor/other.py"));
  CHECK_FALSE(image.keeps(site + "unused/__init__.py"));
}

TEST_CASE("a package that is kept whole brings the compiled modules that it loads", "[python]") {
  auto image = python_image();
  const std::string site = kSite, abi = ".cpython-311-x86_64-linux-gnu.so";
  image.file(site + "web/__init__.py", "")
      .file(site + "web/format.py",
            "try:\n  from . import _format\nexcept ImportError:\n  from . import _spare\n"
            "import other._fast\ndef debug():\n  from . import _debug\n")
      .file(site + "web/_unused" + abi, "")
      .file(site + "web/_spare" + abi, "")
      .file(site + "web/_debug" + abi, "")
      .file(site + "web/_format" + abi, "")
      .file(site + "other/__init__.py", "")
      .file(site + "other/_fast" + abi, "")
      .used("/" + site + "web/__init__.py", trace::kRead);
  CHECK(image.keeps(site + "web/_format" + abi));
  for (const char* name : {"web/_unused", "web/_spare", "web/_debug", "other/_fast"})
    CHECK_FALSE(image.keeps(site + name + abi));
}

TEST_CASE("all that the application's own modules import is kept", "[python]") {
  auto image = python_image();
  const std::string site = kSite;
  image.file("srv/app/main.py", "def page():\n  import pdb, _json, lib.sub\n");
  image.file(site + "lib/__init__.py", "").file(site + "lib/sub.so", "").file(site + "used.py", "");
  image.used("/srv/app/main.py", trace::kRead).used("/" + site + "used.py", trace::kRead);
  CHECK(image.keeps(std::string(kLibrary) + "pdb.py"));
  CHECK(image.keeps(std::string(kLibrary) + "lib-dynload/_json.cpython-311-x86_64-linux-gnu.so"));
  CHECK(image.keeps(site + "lib/__init__.py"));
  CHECK(image.keeps(site + "lib/sub.so"));
}

TEST_CASE("a package that the application names and did not use yet is kept whole", "[python]") {
  auto image = python_image();
  const std::string site = kSite;
  image.file("srv/app/main.py", "def page():\n  import database\n  from lib import views\n")
      .file(site + "database/__init__.py", "from .checks import ALL\nload('.engine')\n")
      .file(site + "database/checks/__init__.py", "from .tests import ALL\ndef f(): import x.tests\n")
      .file(site + "database/checks/tests/__init__.py", "")  // tests of values, not a test suite
      .file(site + "database/tests/__init__.py", "")
      .file(site + "database/engine.py", "import other\n")
      .file(site + "other/__init__.py", "")
      .file(site + "x/__init__.py", "")
      .file(site + "x/tests.py", "")
      .file(site + "used.py", "");
  image.used("/srv/app/main.py", trace::kRead).used("/" + site + "used.py", trace::kRead);
  CHECK(image.keeps(site + "database/engine.py"));
  CHECK(image.keeps(site + "database/checks/tests/__init__.py"));
  CHECK_FALSE(image.keeps(site + "database/tests/__init__.py"));
  CHECK_FALSE(image.keeps(site + "other/__init__.py"));
  CHECK_FALSE(image.keeps(site + "x/tests.py"));
}

TEST_CASE("the metadata of used distributions is kept", "[python]") {
  auto image = python_image();
  const std::string site = kSite;
  image.file(site + "yaml/__init__.py", "").file(site + "PyYAML-6.0.dist-info/METADATA");
  image.file(site + "PyYAML-6.0.dist-info/top_level.txt", "_yaml\nyaml\n");
  image.file(site + "flask/__init__.py", "").file(site + "Flask-2.2.egg-info/entry_points.txt");
  image.file(site + "by_record/x.py", "")
      .file(site + "other_name-1.dist-info/RECORD",
            "by_record/x.py,sha256=x,3\nother_name-1.dist-info/RECORD,,\n");
  image.file(site + "six.py", "").file(site + "six-1.16.egg-info", "Name: six\n");
  image.file(site + "unused/__init__.py", "").file(site + "unused-1.dist-info/METADATA");
  for (const char* path : {"yaml/__init__.py", "flask/__init__.py", "by_record/x.py", "six.py"}) {
    image.used("/" + site + path, trace::kRead);
  }
  for (const char* path : {"PyYAML-6.0.dist-info/METADATA", "Flask-2.2.egg-info/entry_points.txt",
                           "other_name-1.dist-info/RECORD", "six-1.16.egg-info"}) {
    INFO(path);
    CHECK(image.keeps(site + path));
  }
  CHECK_FALSE(image.keeps(site + "unused-1.dist-info/METADATA"));
}

TEST_CASE("data of a used package may be elsewhere, and links lead to them", "[python]") {
  MemoryImage image = python_image();
  const std::string site = kSite, shared = "usr/share/tables/";
  image.file(site + "tables/__init__.py", "").used("/" + site + "tables/__init__.py", trace::kRead);
  image.file(shared + "all.dat").file(shared + "each/one.dat");
  image.symlink(site + "tables/all.dat", "/" + shared + "all.dat");
  image.symlink(site + "tables/each", "/" + shared + "each");
  image.file(shared + "page.js").symlink(site + "tables/pages/page.js", "/" + shared + "page.js");
  for (const std::string& path : {site + "tables/all.dat", shared + "all.dat", site + "tables/each"})
    CHECK(image.keeps(path));
  CHECK_FALSE(image.keeps(shared + "each/one.dat"));
  CHECK_FALSE(image.keeps(shared + "page.js"));
  image.file(shared + "all.dat", std::string(600000, 'x'));
  CHECK_FALSE(image.keeps(shared + "all.dat"));
}

TEST_CASE("small data of a used package is kept, much is not", "[python]") {
  auto image = python_image();
  const std::string site = kSite;
  image.file(site + "certifi/__init__.py", "")
      .file(site + "certifi/cacert.pem", std::string(300000, 'x'));
  image.file(site + "certifi/tests/big.bin").file(site + "cloud/__init__.py", "");
  image.file(site + "cloud/data/api.json", std::string(600000, 'x'));
  image.file(site + "cloud/admin/__init__.py", "")
      .file(site + "cloud/admin/templates/a/login.html")
      .file(site + "cloud/admin/static/logo.svg", std::string(600000, 'x'))
      .file(site + "cloud/admin/locale/de/LC_MESSAGES/admin.mo");
  image.used("/" + site + "certifi/__init__.py", trace::kRead)
      .used("/" + site + "cloud/__init__.py", trace::kRead);
  CHECK(image.keeps(site + "certifi/cacert.pem"));
  CHECK_FALSE(image.keeps(site + "certifi/tests/big.bin"));
  CHECK_FALSE(image.keeps(site + "cloud/data/api.json"));
  CHECK(image.keeps(site + "cloud/admin/templates/a/login.html"));
  CHECK_FALSE(image.keeps(site + "cloud/admin/static/logo.svg"));
  CHECK_FALSE(image.keeps(site + "cloud/admin/locale/de/LC_MESSAGES/admin.mo"));
}

TEST_CASE("codecs that text may turn out to be in are kept", "[python]") {
  MemoryImage image;
  const std::string codecs = "usr/lib/python3.11/encodings/";
  for (const char* name : {"__init__.py", "cp437.py", "utf_16.py", "utf_32_be.py", "koi8_r.py"}) {
    image.file(codecs + name, "");
  }
  image.looked_up("/" + codecs + "__init__.py");
  CHECK_FALSE(image.keeps(codecs + "cp437.py"));
  image.used("/" + codecs + "__init__.py", trace::kRead);
  CHECK(image.keeps(codecs + "cp437.py"));
  CHECK(image.keeps(codecs + "utf_16.py"));
  CHECK(image.keeps(codecs + "utf_32_be.py"));
  CHECK_FALSE(image.keeps(codecs + "koi8_r.py"));
  // Names of hosts, for who has sockets.
  const std::string library = kLibrary;
  for (const char* name : {"encodings/idna.py", "stringprep.py", "lib-dynload/unicodedata.so"})
    image.file(library + name, "");
  image.file(library + "socket.py", "");
  CHECK_FALSE(image.keeps(library + "encodings/idna.py"));
  image.used("/" + library + "socket.py", trace::kRead);
  for (const char* name : {"encodings/idna.py", "stringprep.py", "lib-dynload/unicodedata.so"}) {
    INFO(name);
    CHECK(image.keeps(library + name));
  }
}
