// SPDX-License-Identifier: Apache-2.0
// What modules may import some time.
#include <catch2/catch.hpp>

#include "unit/keepset/python_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("a package that the application names brings what it requires, and its programs",
          "[python]") {
  auto image = python_image();
  const std::string site = kSite;
  image.file("srv/app/main.py", "def page():\n  import web\n")
      .file(site + "used.py", "")
      .file(site + "web/__init__.py", "")
      .file(site + "web/cli.py", "import json\n")
      .file(site + "names/__init__.py", "from .core import f\n")
      .file(site + "names/core.py", "def f():\n  from .table import T\n")
      .file(site + "names/table.py", "")
      .file(site + "extra/__init__.py", "")
      .file(site + "web-1.dist-info/METADATA",
            "Name: web\nRequires-Dist: Py-Names (>=2)\nRequires-Dist: extra ; extra == 'x'\n"
            "\nRequires-Dist: extra\n")
      .file(site + "web-1.dist-info/entry_points.txt",
            "[console_scripts]\nweb = web.cli:main\nbench = web.bench:main\n"
            "[gui_scripts]\nwebgui = web.gui:main\n")
      .file(site + "py_names-2.dist-info/top_level.txt", "names\n")
      .program("usr/bin/web")
      .program("usr/bin/bench")
      .program("usr/bin/webgui");
  image.used("/srv/app/main.py", trace::kRead).used("/" + site + "used.py", trace::kRead);
  CHECK(image.keeps(site + "names/__init__.py"));
  CHECK(image.keeps(site + "names/table.py"));
  CHECK(image.keeps("usr/bin/web"));
  CHECK(image.keeps(std::string(kLibrary) + "json.py"));
  CHECK_FALSE(image.keeps(site + "extra/__init__.py"));
  CHECK_FALSE(image.keeps("usr/bin/bench"));
  CHECK_FALSE(image.keeps("usr/bin/webgui"));
}

TEST_CASE("what a named package imports when it is called is kept if it is small", "[python]") {
  auto image = python_image();
  const std::string site = kSite;
  image.file("usr/src/app/main.py", "import client\n")
      .file(site + "client/__init__.py", "def get():\n  import names, large\n  import pdb\n")
      .file(site + "large/__init__.py", "")
      .file(site + "large/table", std::string((1u << 20) + 1, 'x'))
      .file(site + "server/__init__.py", "def get():\n  import other\n")
      .file(site + "names/__init__.py", "")
      .file(site + "other/__init__.py", "");
  for (const char* path : {"client/__init__.py", "server/__init__.py"})
    image.used("/" + site + path, trace::kRead);
  image.used("/usr/src/app/main.py", trace::kRead);
  CHECK(image.keeps(site + "names/__init__.py"));
  CHECK_FALSE(image.keeps(site + "large/__init__.py"));
  CHECK_FALSE(image.keeps(site + "other/__init__.py"));
  CHECK_FALSE(image.keeps(std::string(kLibrary) + "pdb.py"));
}

TEST_CASE("a package is named by a word, and found where nothing was imported from", "[python]") {
  auto image = python_image();
  const std::string site = kSite;
  image.file("srv/app/main.py", "def page():\n  return parse(text, 'treebuilder', 'json')\n")
      .file(site + "treebuilder/__init__.py", "")
      .file(site + "treebuilder/parts.py", "")
      .used("/srv/app/main.py", trace::kRead);
  CHECK_FALSE(image.keeps(site + "treebuilder/parts.py"));
  image.used("/usr/lib/python3/dist-packages", trace::kListed);
  CHECK(image.keeps(site + "treebuilder/parts.py"));
  CHECK_FALSE(image.keeps(std::string(kLibrary) + "json.py"));
}

TEST_CASE("the scheme of a URL names the part of a library that is for it", "[python]") {
  auto image = python_image();
  const std::string site = kSite, library = kLibrary;
  image.file(site + "orm/__init__.py", "")
      .file(site + "orm/dialects/lite/__init__.py", "def load():\n  import dblite\n")
      .file(site + "orm/dialects/other/__init__.py", "def load():\n  import dbother\n")
      .file(library + "dblite/__init__.py", "")
      .file(library + "dbother/__init__.py", "")
      .file("srv/app/main.py", "engine = connect(HOST)\n");
  image.used("/" + site + "orm/__init__.py", trace::kRead).used("/srv/app/main.py", trace::kRead);
  CHECK_FALSE(image.keeps(library + "dblite/__init__.py"));
  image.options.environment = {"DATABASE_URL=lite+driver:///data/db"};
  CHECK(image.keeps(library + "dblite/__init__.py"));
  image.options.environment.clear();
  image.file("srv/app/main.py", "engine = connect('lite:///data/db', see='other.org http://x')\n");
  CHECK(image.keeps(library + "dblite/__init__.py"));
  CHECK_FALSE(image.keeps(library + "dbother/__init__.py"));
}

TEST_CASE("modules of the application that did not run may", "[python][application]") {
  auto image = python_image();
  const std::string library = kLibrary;
  image.file("srv/app/main.py", "load('plugins.' + name)\n")
      .file("srv/app/plugins/mail.py", "import post\ndef send():\n  import envelope\n")
      .file("srv/app/tests/check.py", "import runner\n");
  for (const char* name : {"post.py", "envelope.py", "runner.py"}) image.file(library + name, "");
  image.looked_up("/srv/app/plugins/mail.py").used("/srv/app/main.py", trace::kRead);
  image.used("/srv/app", trace::kListed);
  CHECK(image.keeps(library + "post.py"));
  CHECK(image.keeps(library + "envelope.py"));
  CHECK_FALSE(image.keeps(library + "runner.py"));
}

TEST_CASE("of the standard library's packages what is in the same one follows", "[python]") {
  auto image = python_image();
  const std::string library = kLibrary;
  image.file(library + "mail/__init__.py", "")
      .file(library + "mail/message.py", "def text():\n  from mail.writer import W\n  import pdb\n")
      .file(library + "mail/writer.py", "")
      .file("srv/app/main.py", "def send():\n  import mail.message\n");
  image.used("/srv/app/main.py", trace::kRead);
  CHECK(image.keeps(library + "mail/writer.py"));
  CHECK_FALSE(image.keeps(library + "pdb.py"));
  // Not if it is only others that loaded it.
  image.file("srv/app/main.py", "").used("/" + library + "mail/message.py", trace::kRead);
  CHECK_FALSE(image.keeps(library + "mail/writer.py"));
}

TEST_CASE("a library's functions bring what is for its users, not for its developers", "[python]") {
  auto image = python_image();
  const std::string site = kSite, library = kLibrary;
  image.file("srv/app/main.py", "import lib\ndef page():\n  import pydoc\n")
      .file(site + "lib/__init__.py",
            "def save():\n  from . import writer\ndef test():\n  import doctest, "
            "lib.distutils.core\n")
      .file(site + "lib/writer.py", "import archive, fonts\nimport small\n")
      .file(site + "lib/distutils/core.py", "import runner\n")
      .file(site + "fonts/__init__.py", "")
      .file(site + "fonts/table", std::string((1u << 20) + 1, 'x'))
      .file(site + "small/__init__.py", "");
  for (const char* name : {"archive.py", "doctest.py", "runner.py", "pydoc.py"})
    image.file(library + name, "");
  image.used("/srv/app/main.py", trace::kRead).used("/" + site + "lib/__init__.py", trace::kRead);
  CHECK(image.keeps(library + "archive.py"));
  CHECK(image.keeps(site + "small/__init__.py"));
  CHECK_FALSE(image.keeps(library + "doctest.py"));
  CHECK_FALSE(image.keeps(library + "runner.py"));
  CHECK_FALSE(image.keeps(site + "fonts/__init__.py"));
  // The application may do anything.
  CHECK(image.keeps(library + "pydoc.py"));
  // What it requires, it can count on.
  image.file(site + "lib-1.dist-info/METADATA", "Name: lib\nRequires-Dist: Fonts\n")
      .file(site + "fonts-1.dist-info/METADATA", "Name: fonts\n");
  CHECK(image.keeps(site + "fonts/__init__.py"));
}

TEST_CASE("a library may use what was installed by name", "[python]") {
  auto image = python_image();
  const std::string site = kSite, states = "var/lib/apt/extended_states";
  image.file("srv/app/main.py", "import lib\n")
      .file(site + "lib/__init__.py", "def check():\n  from fonts import table\n")
      .file(site + "fonts/__init__.py", "")
      .file(site + "fonts/table", std::string((1u << 20) + 1, 'x'));
  image.used("/srv/app/main.py", trace::kRead).used("/" + site + "lib/__init__.py", trace::kRead);
  CHECK_FALSE(image.keeps(site + "fonts/__init__.py"));
  MemoryImage pip = image;
  pip.file(site + "fonts-1.dist-info/METADATA", "Name: fonts\n");
  CHECK_FALSE(pip.keeps(site + "fonts/__init__.py"));
  CHECK(pip.file(site + "fonts-1.dist-info/REQUESTED", "").keeps(site + "fonts/__init__.py"));
  image.file("var/lib/dpkg/info/python3-fonts.list", "/" + site + "fonts/__init__.py\n");
  CHECK_FALSE(image.keeps(site + "fonts/__init__.py"));
  image.file(states, "Package: libfonts\nArchitecture: amd64\nAuto-Installed: 1\n");
  CHECK(image.keeps(site + "fonts/__init__.py"));
  image.file(states, "Package: python3-fonts\nArchitecture: amd64\nAuto-Installed: 1\n");
  CHECK_FALSE(image.keeps(site + "fonts/__init__.py"));
}

TEST_CASE("what the application imports is loaded with all that it loads", "[python]") {
  auto image = python_image();
  const std::string site = kSite;
  image.file("srv/app/main.py", "import lib\n").file("srv/app/page.py", "import lib.draw\n");
  image.file(site + "lib/__init__.py", "def draw():\n  from .draw import f\n")
      .file(site + "lib/draw.py", "import fonts\n")
      .file(site + "fonts/__init__.py", "")
      .file(site + "fonts/table", std::string((1u << 20) + 1, 'x'));
  image.used("/srv/app/main.py", trace::kRead).used("/" + site + "lib/__init__.py", trace::kRead);
  CHECK(image.keeps(site + "fonts/__init__.py"));
  image.file("srv/app/page.py", "import lib\n");
  CHECK_FALSE(image.keeps(site + "fonts/__init__.py"));
}

TEST_CASE("a library that the application does not name is followed one function deep", "[python]") {
  auto image = python_image();
  const std::string site = kSite, library = kLibrary;
  image.file("srv/app/main.py", "import lib\n")
      .file(site + "lib/__init__.py", "import server\ndef f():\n  import json\n")
      .file(site + "server/__init__.py", "def g():\n  from .worker import W\n")
      .file(site + "server/worker.py", "import tool\n")
      .file(library + "tool/__init__.py", "import shared\ndef h():\n  import tool.fork\n")
      .file(library + "tool/fork.py", "")
      .file(library + "shared.py", "");
  image.used("/srv/app/main.py", trace::kRead);
  for (const char* name : {"lib/__init__.py", "server/__init__.py"})
    image.used("/" + site + name, trace::kRead);
  CHECK(image.keeps(library + "json.py"));
  CHECK(image.keeps(library + "shared.py"));
  CHECK_FALSE(image.keeps(library + "tool/fork.py"));
  image.file("srv/app/main.py", "import lib, server\n");
  CHECK(image.keeps(library + "tool/fork.py"));
}

TEST_CASE("modules of a package are looked for where the package is", "[python]") {
  auto image = python_image();
  const std::string other = "usr/lib/python3.11/dist-packages/";
  image.file("srv/app/main.py", "def page():\n  import lib.core._fast\n  import apart.fast\n")
      .file(std::string(kSite) + "lib/__init__.py", "")
      .file(other + "lib/core/_fast.cpython-311-x86_64-linux-gnu.so", "")
      .file(other + "apart/fast.py", "");
  image.used("/srv/app/main.py", trace::kRead);
  image.used("/usr/lib/python3/dist-packages", trace::kListed);
  image.used("/usr/lib/python3.11/dist-packages", trace::kListed);
  CHECK_FALSE(image.keeps(other + "lib/core/_fast.cpython-311-x86_64-linux-gnu.so"));
  CHECK(image.keeps(other + "apart/fast.py"));
}

TEST_CASE("modules whose names are made at run time", "[python]") {
  auto image = python_image();
  const std::string library = kLibrary;
  image.file(library + "sysconfig.py", "")
      .file(library + "_sysconfigdata__x86_64-linux-gnu.py", "")
      .file("srv/app/main.py", "def now():\n  import sysconfig\n");
  image.used("/srv/app/main.py", trace::kRead);
  CHECK(image.keeps(library + "_sysconfigdata__x86_64-linux-gnu.py"));
}

TEST_CASE("a library that runs for something else is used anew by modules that did not run",
          "[python]") {
  auto image = python_image();
  const std::string library = kLibrary;
  image.file("srv/app/main.py", "def page():\n  import pool\n")
      .file(library + "pool.py", "import work\nimport json\n")
      .file(library + "work/__init__.py", "from . import context\n")
      .file(library + "work/context.py", "def start():\n  from .fork import Popen\n")
      .file(library + "work/fork.py", "")
      .file(library + "quiet/__init__.py", "def f():\n  from .part import g\n")
      .file(library + "quiet/part.py", "");
  for (const char* path : {"work/__init__.py", "work/context.py", "quiet/__init__.py"})
    image.used("/" + library + path, trace::kRead);
  CHECK_FALSE(image.keeps(library + "work/fork.py"));
  image.used("/srv/app/main.py", trace::kRead);
  CHECK(image.keeps(library + "work/fork.py"));
  CHECK_FALSE(image.keeps(library + "quiet/part.py"));
}

TEST_CASE("a program in Python that settings name brings what it imports", "[python]") {
  auto image = python_image();
  const std::string library = kLibrary;
  image.file("etc/proxy.conf", "helper /usr/local/bin/check\n").used("/etc/proxy.conf", trace::kRead);
  image.program("usr/local/bin/check", "#!/usr/bin/python3\nimport late\n").program("usr/bin/python3");
  image.file(library + "late.py", "").file(library + "never.py", "");
  CHECK(image.keeps(library + "late.py"));
  CHECK_FALSE(image.keeps(library + "never.py"));
  image.file("etc/proxy.conf", "");
  CHECK_FALSE(image.keeps(library + "late.py"));
}

TEST_CASE("what Python's own code imports for a method is kept", "[python]") {
  auto image = python_image();
  const std::string library = kLibrary, site = kSite;
  image.file(library + "_strptime.py", "").file(library + "other.py", "x.strptime()\n");
  image.file(site + "events/__init__.py", "def f(x):\n  return x.strptime('%Y')\n");
  image.used("/" + library + "other.py", trace::kRead);
  CHECK_FALSE(image.keeps(library + "_strptime.py"));
  image.used("/" + site + "events/__init__.py", trace::kRead);
  CHECK(image.keeps(library + "_strptime.py"));
  image.file(library + "tarfile.py", "").file("srv/app/job.py", "shutil.make_archive(a, b)\n");
  CHECK_FALSE(image.keeps(library + "tarfile.py"));
  image.used("/srv/app/job.py", trace::kRead);
  CHECK(image.keeps(library + "tarfile.py"));
  image.file(library + "importlib/__init__.py", "").file(library + "importlib/readers.py", "");
  CHECK_FALSE(image.keeps(library + "importlib/readers.py"));
  image.file("srv/app/job.py", "from importlib import resources\n");
  CHECK(image.keeps(library + "importlib/readers.py"));
  // asyncio asks for addresses in a thread.
  image.file(library + "asyncio/__init__.py", "").file(library + "concurrent/__init__.py", "");
  image.file(library + "concurrent/futures/__init__.py", "def __getattr__(name):\n  pass\n");
  image.file(library + "concurrent/futures/thread.py", "");
  image.file(library + "asyncio/base_events.py", "executor = concurrent.futures.ThreadPoolExecutor()\n");
  CHECK_FALSE(image.keeps(library + "concurrent/futures/thread.py"));
  image.used("/" + library + "asyncio/base_events.py", trace::kRead);
  CHECK(image.keeps(library + "concurrent/futures/thread.py"));
}

TEST_CASE("what a compiled module imports when it is loaded is among its strings", "[python]") {
  auto image = python_image();
  const std::string site = kSite, library = kLibrary;
  const std::string strings("\0PyImport_ImportModule\0_c_backend\0deep.part\0pdb\0x/json.py\0", 57);
  image.file("srv/app/main.py", "def page():\n  import fast\n")
      .file(site + "used.py", "")
      .file(site + "fast/__init__.py", "from . import _fast, _data\n")
      .file(site + "fast/_fast.abi3.so", strings)
      .file(site + "fast/_data.so", std::string("\0other\0", 7))
      .file(site + "_c_backend.cpython-311-x86_64-linux-gnu.so", "")
      .file(site + "deep/__init__.py", "")
      .file(site + "deep/part.py", "")
      .file(site + "other.py", "");
  image.used("/" + site + "used.py", trace::kRead);
  CHECK_FALSE(image.keeps(site + "_c_backend.cpython-311-x86_64-linux-gnu.so"));
  image.used("/srv/app/main.py", trace::kRead);
  CHECK(image.keeps(site + "_c_backend.cpython-311-x86_64-linux-gnu.so"));
  CHECK(image.keeps(site + "deep/part.py"));
  CHECK_FALSE(image.keeps(library + "pdb.py"));
  CHECK_FALSE(image.keeps(library + "json.py"));
  CHECK_FALSE(image.keeps(site + "other.py"));
  // A run in which it was loaded has shown what it imports.
  image.used("/" + site + "fast/_fast.abi3.so", trace::kRead);
  CHECK_FALSE(image.keeps(site + "deep/part.py"));
}
