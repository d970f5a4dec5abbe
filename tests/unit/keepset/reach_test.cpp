// SPDX-License-Identifier: Apache-2.0
// Which calls the kept code can make.
#include <catch2/catch.hpp>

#include "keepset/reach.hpp"
#include "slim/trace/call_evidence.hpp"
#include "slim/trace/import_calls.hpp"
#include "slim/trace/script_calls.hpp"
#include "unit/keepset/reach_image.hpp"
#include "unit/keepset/static_elf.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

using Names = std::set<std::string>;

ElfFile linked(std::vector<std::string> needed, Names imports, const std::string& soname = {}) {
  ElfFile file;
  file.dynamic = true;
  file.needed = std::move(needed);
  file.imports = std::move(imports);
  file.soname = soname;
  return file;
}

Names imports_of(const ElfFiles& files) {
  const auto found = abilities_of(files);
  REQUIRE(found);
  return found->imports;
}

bool tells(const MemoryImage& image) {
  return !reaches(image, std::string(trace::kUntold));
}

}  // namespace

TEST_CASE("imports are those of all files but the C library's", "[reach]") {
  const ElfFile server = linked({"libc.so.6", "libdata.so.1"}, {"listen"});
  const ElfFile data = linked({"libc.so.6"}, {"rename"}, "libdata.so.1");
  const ElfFile libc = linked({"ld-linux-x86-64.so.2"}, {"__tls_get_addr"}, "libc.so.6");
  CHECK(imports_of({{"bin/server", &server}, {"lib/libdata.so", &data}, {"lib/libc.so.6", &libc}}) ==
        Names{"listen", "rename"});
  ElfFile stripped = server;
  stripped.imports.reset();
  CHECK_FALSE(abilities_of({{"bin/server", &stripped}}));
  ElfFile go = server;
  go.calls_directly = true;
  CHECK_FALSE(abilities_of({{"bin/server", &go}}));
  go.call_numbers = {39, 41};
  const auto both = abilities_of({{"bin/server", &go}, {"lib/libdata.so", &data}});
  REQUIRE(both);
  CHECK(both->imports == Names{"listen", "rename"});
  CHECK(both->call_numbers == std::set<uint32_t>{39, 41});
}

TEST_CASE("a library of which little is used counts for nothing, nor does what it alone needs",
          "[reach]") {
  ElfFile server = linked({"libsystemd.so.0", "libstdc++.so.6"}, {"listen", "sd_notify"});
  const ElfFile systemd = linked({"libgcrypt.so.20"}, {"rename"}, "libsystemd.so.0");
  const ElfFile gcrypt = linked({}, {"getuid"}, "libgcrypt.so.20");
  const ElfFile cxx = linked({}, {"link"}, "libstdc++.so.6");
  const ElfFiles files{{"bin/server", &server}, {"lib/a", &systemd}, {"lib/b", &gcrypt},
                       {"lib/c", &cxx}};
  CHECK(imports_of(files) == Names{"listen", "sd_notify"});
  server.imports->insert("_ZNSt10filesystem6renameERKNS_7__cxx114pathES3_");
  CHECK(imports_of(files).contains("link"));
  CHECK_FALSE(imports_of(files).contains("rename"));
  server.imports->insert("sd_bus_open");
  CHECK(imports_of(files).contains("rename"));
  CHECK(imports_of(files).contains("getuid"));
  // Loaded by hand: nobody says what is used of it.
  CHECK(imports_of({{"lib/a", &systemd}}).contains("rename"));
}

TEST_CASE("what OpenSSL needs for sockets of its own counts for those who use them", "[reach]") {
  ElfFile server = linked({"libcrypto.so.3", "libssl.so.3"}, {"listen"});
  const ElfFile ssl = linked({"libcrypto.so.3"}, {"BIO_s_connect", "memcpy"}, "libssl.so.3");
  const ElfFile crypto = linked({}, {"getnameinfo", "getuid"}, "libcrypto.so.3");
  const ElfFiles files{{"bin/server", &server}, {"lib/a", &ssl}, {"lib/b", &crypto}};
  CHECK(imports_of(files) == Names{"BIO_s_connect", "getuid", "listen", "memcpy"});
  server.imports->insert("BIO_new_ssl_connect");
  CHECK(imports_of(files).contains("getnameinfo"));
}

TEST_CASE("libraries are loaded with those that need them", "[reach]") {
  const ElfFile server = linked({"liba.so.1"}, {}), a = linked({"libb.so.1"}, {}, "liba.so.1");
  const ElfFile b = linked({"liba.so.1"}, {}, "libb.so.1"), c = linked({}, {}, "libc1.so.1");
  const ElfFiles all{{"bin/server", &server}, {"lib/a", &a}, {"lib/b", &b}, {"lib/c", &c}};
  const ElfFiles loaded = loaded_with({{"bin/server", &server}}, all);
  CHECK(loaded.size() == 3);
  CHECK_FALSE(loaded.contains("lib/c"));
}

TEST_CASE("identifiers come alone and with what they are a part of", "[reach]") {
  CHECK(identifiers_of("os.replace(a, File::Copy)") ==
        Names{"os", "replace", "os.replace", "a", "File", "Copy", "File::Copy"});
  CHECK(identifiers_of("a.b.c") == Names{"a", "b", "c", "a.b", "b.c"});
  CHECK(identifiers_of("x. y 'z'") == Names{"x", "y", "z"});
  CHECK(identifiers_of("").empty());
  CHECK(identifiers_of("a.") == Names{"a"});
}

TEST_CASE("renaming files is told from changing strings", "[reach]") {
  CHECK(replaces_files("Path(old).replace(new)"));
  CHECK(replaces_files("a.replace('x', 'y'); part.replace(name(a, b))"));
  CHECK_FALSE(replaces_files("a.replace('x', 'y')"));
  CHECK_FALSE(replaces_files("now.replace(microsecond=0)"));
  CHECK_FALSE(replaces_files("replace(a).replace("));
  CHECK_FALSE(replaces_files(""));
}

TEST_CASE("scripts belong to packages by the directories they are in", "[reach]") {
  CHECK(script_package_of("usr/lib/python3/dist-packages/flask/app.py") == "flask");
  CHECK(script_package_of("opt/venv/lib/python3.11/site-packages/six.py") == "six");
  CHECK(script_package_of("app/node_modules/express/index.js") == "express");
  CHECK(script_package_of("app/node_modules/@scope/thing/index.js") == "thing");
  CHECK(script_package_of("app/node_modules/iconv-lite/index.js") == "iconv-lite");
  CHECK(script_package_of("usr/share/perl5/Plack.pm") == "Plack");
  CHECK(script_package_of("usr/lib/x86_64-linux-gnu/perl5/5.36/DBI.pm") == "DBI");
  CHECK(script_package_of("var/lib/gems/3.1.0/gems/rack-2.2.4/lib/rack.rb") == "rack");
  CHECK(script_package_of("app/main.py").empty());
  CHECK(script_package_of("app/node_modules").empty());
}

TEST_CASE("a program reaches what it imports", "[reach]") {
  CHECK(reaches(run("srv/server"), "dup2"));
  CHECK_FALSE(reaches(run("srv/server"), "accept4"));
  CHECK(tells(run("srv/server")));
  MemoryImage unknown = run("srv/server");
  unknown.program("srv/static", std::string("\x7f") + "ELF").executed("/srv/static");
  CHECK_FALSE(tells(unknown));
  MemoryImage volume = run("srv/server");
  volume.executed("/volume/server");
  CHECK_FALSE(tells(volume));
  MemoryImage nameless = run("srv/server");
  nameless.executed("/gone", "").executed("");
  CHECK_FALSE(tells(nameless));
  CHECK_FALSE(tells(MemoryImage()));
  MemoryImage observed = run("srv/server");
  observed.options.closure = Closure::observed;
  const auto keep = observed.compute();
  REQUIRE(keep);
  CHECK_FALSE(keep->reachable);
}

TEST_CASE("a program without a C library reaches what it has the numbers of", "[reach]") {
  const auto image = [](const std::string& code) {
    MemoryImage made;
    made.program("srv/server", make_static_elf(code)).executed("/srv/server");
    return made;
  };
  const MemoryImage asks = image("\xb8\x66" + std::string(3, 0) + "\x0f\x05");  // getuid
  CHECK(tells(asks));
  CHECK(reaches(asks, "getuid"));
  CHECK_FALSE(reaches(asks, "getgid"));
  CHECK_FALSE(reaches(asks, "kill"));
  // 254, which may be any constant, says nothing for what is asked by functions alone.
  const MemoryImage watches = image("\xb8\xfe" + std::string(3, 0) + "\x0f\x05");
  CHECK_FALSE(reaches(watches, "inotify_add_watch"));
  CHECK_FALSE(tells(image("")));  // no section has code
}

TEST_CASE("an interpreter reaches what scripts name", "[reach]") {
  const auto image = [](const std::string& script) {
    MemoryImage made = run("usr/bin/python3.11");
    made.file("app/main.py", script).used("/app/main.py", trace::kRead);
    return made;
  };
  CHECK_FALSE(reaches(image("print('hello')"), "dup2"));
  CHECK(reaches(image("import subprocess"), "dup2"));
  CHECK(reaches(image("os.system('ls')"), "wait4"));
  CHECK_FALSE(reaches(image("the system"), "wait4"));  // no built-in function there
  // A package counts if it is named; here, one that names something.
  const auto with_package = [&](const std::string& script) {
    MemoryImage made = image(script);
    const std::string path = "usr/lib/python3/dist-packages/tool/run.py";
    made.file(path, "subprocess.run").used("/" + path, trace::kRead);
    return made;
  };
  CHECK_FALSE(reaches(with_package("import other"), "dup2"));
  CHECK(reaches(with_package("import tool"), "dup2"));
  CHECK_FALSE(reaches(with_package("import toolbox"), "dup2"));
  // Scripts that nobody has read.
  MemoryImage none = run("usr/bin/python3.11");
  CHECK(reaches(none, "dup2"));
  MemoryImage volume = image("print('hello')");
  volume.trace.files["/data/job.py"] = {trace::kRead, false};
  CHECK(reaches(volume, "dup2"));
  for (const char* path : {"app/lib.pyc", "app/lib.pyz", "app/lib.egg"}) {
    MemoryImage opaque = image("print('hello')");
    opaque.file(path, std::string("\0x", 2)).used(std::string("/") + path, trace::kRead);
    INFO(path);
    CHECK(reaches(opaque, "dup2"));
  }
  MemoryImage compiled = image("print('hello')");
  compiled.file("app/__pycache__/main.pyc", std::string("\0x", 2));
  compiled.used("/app/__pycache__/main.pyc", trace::kRead);
  CHECK_FALSE(reaches(compiled, "dup2"));
  CHECK(reaches(image(std::string(9 << 20, ' ')), "dup2"));
  // A shell beside it, which asks no script of ours.
  MemoryImage beside = image("print('hello')");
  beside.host("bin/sh", "/bin/bash").executed("/bin/sh");
  CHECK(reaches(beside, "dup2"));
}

TEST_CASE("built-in functions count where they are built in", "[reach]") {
  const auto image = [](const std::string& script) {
    MemoryImage made = run("usr/bin/perl");
    made.file("app/main.pl", script).used("/app/main.pl", trace::kRead);
    return made;
  };
  CHECK(reaches(image("system 'ls'"), "wait4"));
  CHECK(reaches(image("print `ls`"), "wait4"));
  CHECK_FALSE(reaches(image("print 'ls'"), "wait4"));
}

TEST_CASE("modules of packages make calls that no script names", "[reach]") {
  MemoryImage image = run("usr/bin/python3.11");
  image.file("app/main.py", "import fast").used("/app/main.py", trace::kRead);
  CHECK_FALSE(reaches(image, "linkat"));
  const std::string module = "usr/lib/python3/dist-packages/fast/_fast.so";
  image.host(module, "/bin/tar").used("/" + module, trace::kRead | trace::kMapped);
  CHECK(reaches(image, "linkat"));
}

TEST_CASE("standard streams are opened by name through links, scripts and look-ups", "[reach]") {
  const std::string streams(trace::kNamedStreams);
  MemoryImage image = run("usr/bin/python3.11");
  image.host("usr/bin/python3.11", "/bin/true");
  image.file("app/main.py", "print('hello')").used("/app/main.py", trace::kRead);
  CHECK_FALSE(reaches(image, streams));
  MemoryImage link = image;
  link.symlink("var/log/access.log", "/dev/stdout").looked_up("/var/log/access.log");
  CHECK(reaches(link, streams));
  MemoryImage script = image;
  script.file("app/log.py", "open('/dev/stderr')").used("/app/log.py", trace::kRead);
  CHECK(reaches(script, streams));
  MemoryImage lookup = image;
  lookup.looked_up("/proc/self/fd/1");
  CHECK(reaches(lookup, streams));
  MemoryImage volume = image;
  volume.executed("/volume/server");
  CHECK(reaches(volume, streams));
}

TEST_CASE("what the own scripts of an interpreter that was run say they do is known", "[reach]") {
  const auto image = [](const std::string& interpreter, const std::string& script,
                        const std::string& text) {
    MemoryImage made = run("usr/bin/" + interpreter);
    made.file(script, text).used("/" + script, trace::kRead);
    return made;
  };
  const std::string starts(trace::kStarts), connects(trace::kConnects), files(trace::kKeepsFiles);
  CHECK(reaches(image("lua5.4", "app/a.lua", "io.popen('ls')"), starts));
  CHECK(reaches(image("lua5.4", "app/a.lua", "require('socket.http')"), connects));
  CHECK(reaches(image("tclsh8.6", "app/a.tcl", "exec ls"), starts));
  CHECK(reaches(image("tclsh8.6", "app/a.tcl", "open \"|ls\""), starts));
  CHECK(reaches(image("tclsh8.6", "app/a.tcl", "http::geturl $u"), connects));
  CHECK(reaches(image("guile", "app/a.scm", "(use-modules (ice-9 popen))"), starts));
  CHECK(reaches(image("beam.smp", "app/a.erl", "os:cmd(\"ls\")"), starts));
  CHECK(reaches(image("beam.smp", "app/a.erl", "dets:open_file(d, [])"), files));
  CHECK(reaches(image("R", "app/a.R", "cl <- parallel::makeCluster(2)"), starts));
  CHECK(reaches(image("R", "app/a.R", "read.csv(url('http://a/'))"), connects));
  CHECK(reaches(image("mono-sgen", "app/a.exe", std::string("\0HttpClient\0", 12)), connects));
  CHECK(reaches(image("python3.11", "app/job", "#!/usr/bin/python3\nimport socket"), connects));
  CHECK(reaches(image("python3.11", "app/a.py", "await asyncio.open_connection(h, p)"), connects));
  CHECK(reaches(image("python3.11", "app/a.py", "import psycopg2"), connects));
  CHECK(reaches(image("python3.11", "app/a.py", "asyncio.run(f())"), std::string(trace::kLoops)));
  CHECK(reaches(image("node", "app/a.js", "require('child_process').exec('ls')"), starts));
  CHECK(reaches(image("node", "app/a.js", "require('https').get(url)"), connects));
  CHECK(reaches(image("node", "app/a.mjs", "await fetch(url)"), connects));
  CHECK_FALSE(reaches(image("node", "app/a.js", "http.createServer(f); net.Server; app.get('/')"),
                      connects));
  CHECK(reaches(image("perl", "app/a.pm", "$self->ua->get($url)"), connects));
  for (const std::string& deed : {starts, connects, files}) {
    CHECK_FALSE(reaches(image("lua5.4", "app/a.lua", "print(_VERSION)"), deed));
    // Scripts of others, and of the distribution.
    CHECK_FALSE(reaches(image("lua5.4", "app/a.tcl", "exec ls; http::geturl; fileutil"), deed));
    CHECK_FALSE(reaches(image("lua5.4", "usr/share/lua/a.lua", "popen socket lfs"), deed));
  }
}

TEST_CASE("scripts of a language that a server has built in are known, in its settings, too", "[reach]") {
  MemoryImage image = run("usr/sbin/server");
  const std::string starts(trace::kStarts);
  image.file("app/late.lua", "os.execute('ls')").file("usr/lib/libluajit-5.1.so.2", "");
  image.file("etc/server.conf", "lua_path /app/?.lua;").used("/etc/server.conf", trace::kRead);
  image.used("/app/late.lua", trace::kRead);
  CHECK_FALSE(reaches(image, starts));
  image.used("/usr/lib/libluajit-5.1.so.2", trace::kMapped);
  CHECK(reaches(image, starts));
  image.file("app/late.lua", "return 1");
  CHECK_FALSE(reaches(image, starts));
  image.file("etc/server.conf", "content { io.popen('ls') }");
  CHECK(reaches(image, starts));
}

TEST_CASE("code that was built for an older C library is known by its functions", "[reach]") {
  const auto read = slim::read_file("/bin/bash");
  REQUIRE(read);
  std::string library = *read;
  MemoryImage image = run("usr/bin/lua5.1");
  image.file("usr/lib/old.so", library).used("/usr/lib/old.so", trace::kMapped);
  CHECK_FALSE(reaches(image, trace::import_fact(trace::kOlder, "stat")));
  const size_t name = library.find(std::string("\0strcoll\0", 9));
  REQUIRE(name != std::string::npos);
  library.replace(name + 1, 7, "__xstat");
  image.file("usr/lib/old.so", library);
  CHECK(reaches(image, trace::import_fact(trace::kOlder, "stat")));
}

TEST_CASE("functions that only the image's own scripts name are known", "[reach]") {
  const std::string mknodat = trace::import_fact(trace::kScripted, "mknodat");
  MemoryImage image = run("usr/bin/php8.2");
  image.file("usr/share/php/queue.php", "<?php posix_mkfifo($p, 0600);");
  CHECK_FALSE(reaches(image, mknodat));
  image.file("srv/app/late.php", "<?php posix_mkfifo($p, 0600);").used("/srv/app/late.php", trace::kRead);
  CHECK(reaches(image, mknodat));
}

TEST_CASE("a script that names a database keeps files some time", "[reach]") {
  MemoryImage image = run("usr/bin/ruby3.1");
  image.file("usr/lib/ruby/vendor_ruby/sqlite3.rb", "").file("app/a.rb", "require 'sqlite3'");
  image.used("/app/a.rb", trace::kRead).host("usr/lib/libsqlite3.so.0", "/bin/bash");
  CHECK_FALSE(reaches(image, std::string(trace::kKeepsFiles)));
  image.used("/usr/lib/libsqlite3.so.0", trace::kMapped);
  CHECK(reaches(image, std::string(trace::kKeepsFiles)));
  image.file("app/a.rb", "require 'set'");
  CHECK_FALSE(reaches(image, std::string(trace::kKeepsFiles)));
}

TEST_CASE("native code of a script's package may wait with what it imports", "[reach]") {
  MemoryImage image = run("usr/bin/python3.11");
  const std::string module = "usr/lib/python3/dist-packages/queue/_queue.so";
  image.host(module, "/bin/bash");
  CHECK_FALSE(reaches(image, trace::import_fact(trace::kNative, "pipe2")));
  image.used("/" + module, trace::kMapped);
  CHECK(reaches(image, trace::import_fact(trace::kNative, "pipe2")));
  CHECK_FALSE(reaches(image, trace::import_fact(trace::kNative, "kill")));
}

TEST_CASE("scripts of an application that a package installed are its own", "[reach]") {
  MemoryImage image = run("usr/bin/lua5.4");
  image.file("usr/share/shop/main.lua", "").file("usr/share/shop/late.lua", "os.execute('ls')");
  CHECK_FALSE(reaches(image, std::string(trace::kStarts)));
  image.used("/usr/share/shop/main.lua", trace::kRead);
  CHECK(reaches(image, std::string(trace::kStarts)));
}

TEST_CASE("of a program that was run, its libraries' calls for files are known", "[reach]") {
  const std::string rename = trace::import_fact(trace::kRun, "rename");
  MemoryImage image;
  image.host("usr/bin/convert", "/bin/true").executed("/usr/bin/convert");
  CHECK_FALSE(reaches(image, rename));
  // A library for all that the program asks of its C library, which imports what a program that moves
  // files does.
  image.host("lib/x86_64-linux-gnu/libc.so.6", "/bin/bash");
  image.used("/lib/x86_64-linux-gnu/libc.so.6", trace::kMapped);
  CHECK(reaches(image, trace::import_fact(trace::kRun, "unlink")));
  CHECK_FALSE(reaches(image, trace::import_fact(trace::kRun, "setpgid")));
}

TEST_CASE("of a program that a script may start, its own imports are known", "[reach]") {
  MemoryImage image = run("bin/sh");
  image.program("app/job.sh", "#!/bin/sh\ncase $1 in a) true;; b) pack;; esac\n");
  image.executed("/app/job.sh").used("/app/job.sh", trace::kRead);
  CHECK_FALSE(reaches(image, trace::import_fact(trace::kNeverRun, "linkat")));
  image.host("bin/pack", "/bin/tar");
  CHECK(reaches(image, trace::import_fact(trace::kNeverRun, "linkat")));
  CHECK_FALSE(reaches(image, trace::import_fact(trace::kNeverRun, "setsid")));
  MemoryImage distribution = run("bin/sh");
  distribution.program("usr/bin/job", "#!/bin/sh\npack\n").host("bin/pack", "/bin/tar");
  distribution.executed("/usr/bin/job").used("/usr/bin/job", trace::kRead);
  REQUIRE(distribution.keeps("bin/pack"));
  CHECK_FALSE(reaches(distribution, trace::import_fact(trace::kNeverRun, "linkat")));
  MemoryImage helper = distribution;
  helper.program("usr/bin/job", "#!/bin/sh\n/usr/lib/tool/pack\n");
  helper.host("usr/lib/tool/pack", "/bin/tar");
  CHECK(reaches(helper, trace::import_fact(trace::kNeverRun, "linkat")));
  distribution.executed("/bin/pack");
  CHECK_FALSE(reaches(distribution, trace::import_fact(trace::kRun, "linkat")));
  CHECK_FALSE(reaches(image, trace::import_fact(trace::kRun, "linkat")));
  image.executed("/bin/pack");
  CHECK_FALSE(reaches(image, trace::import_fact(trace::kNeverRun, "linkat")));
  CHECK(reaches(image, trace::import_fact(trace::kRun, "linkat")));
  // A shell does what a script says.
  CHECK_FALSE(reaches(image, trace::import_fact(trace::kRun, "setpgid")));
  CHECK(reaches(run("usr/bin/server"), trace::import_fact(trace::kRun, "setpgid")));
}
