// SPDX-License-Identifier: Apache-2.0
// What Lua and Tcl load later: modules and packages that sources name.
#include <catch2/catch.hpp>

#include "keepset/lua_source.hpp"
#include "keepset/tcl_source.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
using namespace std::string_literals;
namespace trace = slim::trace;

using Names = std::set<std::string>;

TEST_CASE("what a Lua source requires", "[lua]") {
  CHECK(lua_requires_of("local a = require 'a.b'\nreturn require(\"c\").x, require[[d]]\n"
                        "pcall(require, 'e-f') local p = require('jobs.' .. name)\n"
                        "-- require 'no1'\nrequire('no2' .. x) x.require('no3') require(v)\n"
                        "required('no4') require('no 5') require('no6.') require 'no7") ==
        Names{"a.b", "c", "d", "e-f", "jobs."});
}

TEST_CASE("where Lua looks", "[lua]") {
  CHECK(lua_templates_of("\0/usr/share/lua/5.4/?.lua;/usr/share/lua/5.4/?/init.lua;./?.lua\0"s
                         "/usr/lib/lua/5.4/?.so;/x/loadall.so\0package.path = '/app/?.lua;' ?.lua"s) ==
        Names{"./?.lua", "/app/?.lua", "/usr/lib/lua/5.4/?.so", "/usr/share/lua/5.4/?.lua",
              "/usr/share/lua/5.4/?/init.lua"});
}

TEST_CASE("modules that Lua sources name are kept", "[lua]") {
  MemoryImage image;
  const std::string share = "usr/share/lua/5.4/", lib = "usr/lib/lua/5.4/";
  image.program("usr/bin/lua5.4", "\0/usr/share/lua/5.4/?.lua;/usr/share/lua/5.4/?/init.lua;"
                                  "./?.lua\0/usr/lib/lua/5.4/?.so\0"s);
  image.file("app/main.lua", "local n = require('jobs.' .. arg[1])\n");
  image.file("app/jobs/mail.lua", "return require 'socket.smtp'\n");
  image.file(share + "socket/smtp.lua", "require('socket')\n");
  image.file(share + "socket.lua", "local core = require('socket.core')\n");
  image.file(share + "penlight/init.lua").file(share + "socket/ftp.lua");
  image.file(lib + "socket/core.so").file(lib + "lfs.so").file("usr/lib/lua/5.1/socket/core.so");
  image.executed("/usr/bin/lua5.4").used("/app/main.lua", trace::kRead);
  image.roots = {"/usr/bin/lua5.4", "/app/main.lua"};
  for (const std::string& path : {"app/jobs/mail.lua"s, share + "socket/smtp.lua",
                                  share + "socket.lua", lib + "socket/core.so"}) {
    INFO(path);
    CHECK(image.keeps(path));
  }
  for (const std::string& path : {share + "socket/ftp.lua", share + "penlight/init.lua",
                                  lib + "lfs.so", "usr/lib/lua/5.1/socket/core.so"s}) {
    INFO(path);
    CHECK_FALSE(image.keeps(path));
  }
  image.file("app/jobs/late.lua", "require 'penlight' package.cpath = '/opt/?.so'\n");
  image.file("opt/socket/core.so");
  CHECK(image.keeps(share + "penlight/init.lua"));
  CHECK(image.keeps("opt/socket/core.so"));
}

TEST_CASE("modules are kept that Lua in settings names, and in sources kept for these", "[lua]") {
  MemoryImage image;
  image.file("usr/lib/libluajit-5.1.so.2", "./?.lua;/usr/share/lua/?.lua\0/usr/lib/lua/5.1/?.so\0"s);
  image.file("etc/server.conf", "path /opt/app/jobs /usr/share/lua/idle; c { require \"cjson\" }\n");
  image.file("opt/app/jobs/late.lua", "require 'lfs' io.popen('date')").program("usr/bin/date");
  image.file("usr/share/lua/idle/x.lua", "require 'zlib'");
  image.file("usr/share/lua/idle/y.lua", "require 'bit'");
  for (const char* name : {"cjson", "lfs", "zlib", "bit"})
    image.file("usr/lib/lua/5.1/"s + name + ".so");
  image.used("/usr/lib/libluajit-5.1.so.2", trace::kMapped).used("/etc/server.conf", trace::kRead);
  image.roots = {"/usr/lib/libluajit-5.1.so.2", "/etc/server.conf"};
  for (const char* path : {"usr/lib/lua/5.1/cjson.so", "usr/lib/lua/5.1/lfs.so", "usr/bin/date"}) {
    INFO(path);
    CHECK(image.keeps(path));
  }
  // Of a package's sources those that are loaded by name, whatever else they were kept for.
  CHECK(image.keeps("usr/share/lua/idle/y.lua"));
  CHECK_FALSE(image.keeps("usr/lib/lua/5.1/zlib.so"));
  image.file("opt/app/jobs/late.lua", "require 'idle.x'");
  CHECK(image.keeps("usr/lib/lua/5.1/zlib.so"));
  CHECK_FALSE(image.keeps("usr/lib/lua/5.1/bit.so"));
}

TEST_CASE("what a Tcl source loads", "[tcl]") {
  const std::string source =
      "package require json; package require -exact http 2.9\n proc x {} {package require a::b}\n"
      "# package require no1\npackage require $no2\nsource lib.tcl\n"
      "source [file join $dir sub x.tcl]\nsource $dir/y.tcl\nsource \"$a/$b.tcl\"\n";
  CHECK(tcl_requires_of(source) == Names{"a::b", "http", "json"});
  CHECK(tcl_sources_of(source) == Names{"lib.tcl", "x.tcl", "y.tcl"});
  CHECK(tcl_packages_of("package ifneeded json 1.3 [list source [file join $dir json.tcl]]\n"
                        "if {1} {\n\tpackage ifneeded json::write 1 {}\n}\n") ==
        Names{"json", "json::write"});
}

TEST_CASE("programs that Tcl sources start are kept", "[tcl]") {
  CHECK(tcl_commands_of("return [exec date +%Y]\nexec -ignorestderr /usr/bin/env a | sort\n"
                        "open \"|gzip -d $x\" r\nexec $program; open {| tac} w; if {$a || $b} {}\n"
                        "# exec no1\nopen no2 r") ==
        Names{"/usr/bin/env", "date", "gzip", "sort", "tac"});
  MemoryImage image;
  image.file("app/main.tcl", "exec date").program("usr/bin/date").program("usr/bin/tac");
  image.used("/app/main.tcl", trace::kRead).roots = {"/app/main.tcl"};
  CHECK(image.keeps("usr/bin/date"));
  CHECK_FALSE(image.keeps("usr/bin/tac"));
}

TEST_CASE("packages that Tcl sources name are kept", "[tcl]") {
  MemoryImage image;
  const std::string own = "usr/share/tcltk/tcl8.6/", lib = "usr/share/tcltk/tcllib/";
  image.file("app/main.tcl", "proc a {} {package require json}\nproc b {} {source lib.tcl}\n"
                             "clock format 0 -locale de; encoding convertto shiftjis x\n");
  image.file("app/lib.tcl", "package require http\n");
  image.file(own + "init.tcl").file(own + "tclIndex").file(own + "word.tcl");
  image.file(own + "tcl8/8.6/http-2.9.5.tm", "package require deep\n");
  image.file(own + "tcl8/8.6/platform-1.0.tm");
  for (const char* name : {"msgs/de.msg", "msgs/fr.msg", "encoding/shiftjis.enc",
                           "encoding/big5.enc"})
    image.file(own + name);
  image.file(lib + "pkgIndex.tcl");
  image.file(lib + "json/pkgIndex.tcl", "package ifneeded json 1.3 [list source x]\n");
  image.file(lib + "json/json.tcl").file(lib + "json/json.so").file(lib + "csv/csv.tcl");
  image.file(lib + "csv/pkgIndex.tcl", "package ifneeded csv 1.3 [list source x]\n");
  image.file(lib + "deep/pkgIndex.tcl", "package ifneeded deep 1 {}\n").file(lib + "deep/d.tcl");
  image.used("/" + own + "init.tcl", trace::kRead).used("/app/main.tcl", trace::kRead);
  image.roots = {"/app/main.tcl"};
  for (const std::string& path :
       {"app/lib.tcl"s, own + "tclIndex", own + "word.tcl", own + "tcl8/8.6/http-2.9.5.tm",
        own + "msgs/de.msg", own + "encoding/shiftjis.enc", lib + "pkgIndex.tcl",
        lib + "json/pkgIndex.tcl", lib + "json/json.tcl", lib + "json/json.so", lib + "deep/d.tcl"}) {
    INFO(path);
    CHECK(image.keeps(path));
  }
  for (const std::string& path : {own + "tcl8/8.6/platform-1.0.tm", own + "msgs/fr.msg",
                                  own + "encoding/big5.enc", lib + "csv/csv.tcl"}) {
    INFO(path);
    CHECK_FALSE(image.keeps(path));
  }
}
