// SPDX-License-Identifier: Apache-2.0
// Which calls the own code of servers can make.
#include <catch2/catch.hpp>

#include "slim/trace/call_evidence.hpp"
#include "slim/trace/import_calls.hpp"
#include "slim/trace/own_calls.hpp"
#include "unit/keepset/reach_image.hpp"
#include "unit/keepset/static_elf.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("a server's own imports are known apart, an interpreter's are not", "[reach]") {
  const auto listens = [](const std::string& program) {
    MemoryImage image = run(program);
    image.trace.sockets.insert({.action = trace::SocketAction::listen, .process = "/" + program});
    return image;
  };
  CHECK(reaches(listens("usr/sbin/server"), trace::own_fact("wait4")));
  CHECK_FALSE(reaches(listens("usr/sbin/server"), trace::own_fact("sendfile")));
  CHECK_FALSE(reaches(run("usr/sbin/server"), trace::own_fact("wait4")));
  CHECK_FALSE(reaches(listens("usr/bin/python3.11"), trace::own_fact("wait4")));
}

TEST_CASE("a library that is found for no other program counts as the server's own", "[reach]") {
  // bash needs libtinfo.so.6; tar, in its place, imports what bash does not.
  const auto with_library_in = [](const std::string& directory) {
    MemoryImage image = run("usr/sbin/server");
    image.host(directory + "/libtinfo.so.6", "/bin/tar").file("etc/ld.so.conf", "/opt/shared\n");
    image.options.environment = {"LD_LIBRARY_PATH=/" + directory};
    image.trace.sockets.insert(
        {.action = trace::SocketAction::listen, .process = "/usr/sbin/server"});
    return image;
  };
  CHECK(reaches(with_library_in("opt/server"), trace::own_fact("mkdirat")));
  for (const char* shared : {"usr/lib", "opt/shared", "opt/shared/glibc-hwcaps/x86-64-v3"})
    CHECK_FALSE(reaches(with_library_in(shared), trace::own_fact("mkdirat")));
}

TEST_CASE("what the package's scripts say is known if one of its scripts listened", "[reach]") {
  const std::string connects(trace::kConnects);
  MemoryImage image;
  image.program("usr/bin/lua5.4").file("usr/lib/chat/net.lua", "require('socket')");
  image.program("usr/bin/chat", "#!/usr/bin/env lua5.4\n");
  image.executed("/usr/bin/chat", "/usr/bin/env").executed("/usr/bin/lua5.4");
  image.used("/usr/lib/chat/net.lua", trace::kRead);
  image.file("var/lib/dpkg/info/chat.list", "/usr/bin/chat\n/usr/lib/chat/net.lua\n");
  image.file("var/lib/dpkg/info/lua.list", "/usr/bin/lua5.4\n");
  CHECK_FALSE(reaches(image, connects));
  image.trace.sockets.insert({.action = trace::SocketAction::listen, .process = "/usr/bin/lua5.4"});
  CHECK(reaches(image, connects));
  image.file("var/lib/dpkg/info/chat.list", "/usr/bin/chat\n");
  CHECK_FALSE(reaches(image, connects));
}

TEST_CASE("a Go server tells by its table of functions that it connects", "[reach]") {
  const auto server = [](const std::string& section, const std::string& functions) {
    MemoryImage image;
    image.program("srv/server", make_static_elf(functions, section)).executed("/srv/server");
    image.trace.sockets.insert({.action = trace::SocketAction::listen, .process = "/srv/server"});
    return image;
  };
  const std::string dials("main.main\0net.(*Dialer).DialContext\0", 37);
  for (const char* call : {"connect", "getpeername"}) {
    CHECK(reaches(server(".go.buildinfo", dials), trace::own_fact(call)));
    CHECK_FALSE(reaches(server(".go.buildinfo", dials.substr(0, 20)), trace::own_fact(call)));
  }
  const std::string moves("main.main\0os.Rename\0syscall.renameat\0", 37);
  for (const char* call : {"fchmod", "pwrite64", "renameat"}) {
    const std::string served = trace::import_fact(trace::kServes, call);
    CHECK(reaches(server(".go.buildinfo", moves), served));
    CHECK_FALSE(reaches(server(".go.buildinfo", dials), served));
  }
}

TEST_CASE("a server that no package brought may do all that its code does", "[reach]") {
  const auto server = [](const std::string& program, const std::string& call) {
    MemoryImage image = run(program);
    image.trace.sockets.insert({.action = trace::SocketAction::listen, .process = "/" + program});
    image.file("var/lib/dpkg/status", "Package: shop\nStatus: install ok installed\n");
    image.file("var/lib/dpkg/info/shop.list", "/srv/shop\n");
    return reaches(image, trace::import_fact(trace::kServes, call));
  };
  CHECK(server("srv/server", "pipe2"));
  CHECK_FALSE(server("srv/server", "sendfile"));
  CHECK_FALSE(server("srv/server", "set_tid_address"));  // before main()
  CHECK_FALSE(server("srv/shop", "pipe2"));
  CHECK_FALSE(server("usr/sbin/server", "pipe2"));
}

TEST_CASE("a server that is linked statically tells by its functions' names what it may do", "[reach]") {
  const auto server = [](const std::string& program, const std::string& function) {
    MemoryImage image;
    image.program(program, make_static_elf(function, ".symtab")).executed("/" + program);
    image.trace.sockets.insert({.action = trace::SocketAction::listen, .process = "/" + program});
    return reaches(image, trace::import_fact(trace::kServes, "rename"));
  };
  CHECK(server("srv/server", "rename"));
  CHECK_FALSE(server("srv/server", "renames"));
  CHECK_FALSE(server("usr/sbin/server", "rename"));
}

TEST_CASE("what libraries keep and wait for counts for a server of the image", "[reach]") {
  // bash needs libtinfo.so.6; tar, in its place, imports what bash does not.
  const auto reaches_from = [](const std::string& program, const std::string& call) {
    MemoryImage image = run(program);
    image.host("usr/lib/libtinfo.so.6", "/bin/tar");
    image.trace.sockets.insert({.action = trace::SocketAction::listen, .process = "/" + program});
    return reaches(image, trace::import_fact(trace::kServes, call));
  };
  CHECK(reaches_from("srv/server", "fsync"));
  CHECK_FALSE(reaches_from("srv/server", "mkdirat"));
  CHECK_FALSE(reaches_from("usr/sbin/server", "fsync"));
}
