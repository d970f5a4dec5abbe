// SPDX-License-Identifier: Apache-2.0
// One test a rule: what it keeps, and what it leaves alone.
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("a script that was executed brings its interpreter", "[shebang]") {
  MemoryImage image;
  image.program("bin/sh").program("usr/bin/env").program("usr/bin/perl").program("opt/bin/ruby");
  image.options.environment = {"PATH=/opt/bin:/usr/bin"};
  SECTION("plain, with a blank and an argument") {
    image.program("tool", "#! /bin/sh -e\necho\n").executed("/tool", "/tool");
    CHECK(image.keeps("bin/sh"));
    CHECK_FALSE(image.keeps("usr/bin/perl"));
  }
  SECTION("through env and PATH") {
    image.program("tool", "#!/usr/bin/env -S FOO=1 ruby -w\n").executed("/tool", "/tool");
    CHECK(image.keeps("usr/bin/env"));
    CHECK(image.keeps("opt/bin/ruby"));
  }
  SECTION("a module with the bit set, that was only read, is data") {
    image.program("lib/module.py", "#!/usr/bin/perl\n").used("/lib/module.py", trace::kRead);
    CHECK_FALSE(image.keeps("usr/bin/perl"));
  }
  SECTION("a script that was found and not run may be run") {
    image.program("hook", "#!/usr/bin/perl\n").looked_up("/hook");
    image.program("hooks/update.sample", "#!/usr/bin/awk\n").looked_up("/hooks/update.sample");
    image.program("usr/bin/awk");
    CHECK_FALSE(image.keeps("usr/bin/awk"));
    CHECK(image.keeps("usr/bin/perl"));
  }
  SECTION("one that is nowhere is a warning") {
    image.program("tool", "#!/usr/bin/gone\n").executed("/tool", "/tool");
    const auto keep = image.compute();
    REQUIRE(keep);
    CHECK(keep->warnings ==
          Paths{"/tool needs the interpreter /usr/bin/gone, which is nowhere in the image"});
  }
  SECTION("one that is nowhere and is no program's is none") {
    image.program("lib/a.py", "#! /usr/local/bin/python\n").program("b", "#!/usr/bin/env gone\n");
    image.looked_up("/lib/a.py").looked_up("/b");
    const auto keep = image.compute();
    REQUIRE(keep);
    CHECK(keep->paths.contains("lib/a.py"));
    CHECK(keep->warnings.empty());
  }
  SECTION("a script of scripts ends") {
    image.program("a", "#!/b\n").program("b", "#!/a\n").executed("/a", "/a");
    CHECK(image.keeps("b"));
  }
}

TEST_CASE("what only the kernel opens is there at every closure", "[shebang][elf]") {
  MemoryImage image;
  image.program("tool", "#!/bin/sh -e\n").executed("/tool", "/tool").host("bin/sh", "/bin/sh");
  image.program("lib64/ld-linux-x86-64.so.2").file("lib64/libc.so.6");
  image.options.closure = Closure::observed;
  CHECK(image.kept() == Paths{"bin", "bin/sh", "lib64", "lib64/ld-linux-x86-64.so.2", "tool"});
}

TEST_CASE("small files of a listed configuration directory are kept", "[listed]") {
  MemoryImage image;
  image.file("etc/app/conf.d/a.conf")
      .file("etc/app/conf.d/b.conf")
      .symlink("etc/app/conf.d/c", "/srv/c");
  image.file("srv/c").file("etc/app/conf.d/large", std::string(70000, 'x'));
  image.program("etc/app/conf.d/hook", "#!/bin/sh\n").file("usr/share/app/x").file("etc/other");
  image.used("/etc/app/conf.d", trace::kListed).used("/usr/share/app", trace::kListed);
  image.used("/etc", trace::kListed);
  CHECK(image.keeps("etc/app/conf.d/a.conf"));
  CHECK(image.keeps("srv/c"));
  CHECK_FALSE(image.keeps("etc/app/conf.d/large"));
  CHECK_FALSE(image.keeps("etc/app/conf.d/hook"));
  CHECK_FALSE(image.keeps("usr/share/app/x"));
  CHECK_FALSE(image.keeps("etc/other"));
  for (int i = 0; i < 80; ++i) image.file("etc/app/conf.d/more" + std::to_string(i));
  CHECK_FALSE(image.keeps("etc/app/conf.d/a.conf"));
}

TEST_CASE("small files beside settings that were read are kept", "[listed]") {
  MemoryImage image;
  image.file("etc/tool-6/policy.xml").file("etc/tool-6/delegates.xml").file("etc/tool-6/sub/x");
  image.file("etc/tool-6/key", "x", 0600).file("etc/other/x").file("etc/hosts").file("etc/motd");
  image.file("usr/share/tool/a").file("usr/share/tool/b");
  for (const char* path : {"/etc/tool-6/policy.xml", "/etc/hosts", "/usr/share/tool/a"})
    image.used(path, trace::kRead);
  image.looked_up("/etc/other/x");
  image.file("etc/other/y");
  CHECK(image.keeps("etc/tool-6/delegates.xml"));
  for (const char* path :
       {"etc/tool-6/key", "etc/tool-6/sub/x", "etc/other/y", "etc/motd", "usr/share/tool/b"}) {
    INFO(path);
    CHECK_FALSE(image.keeps(path));
  }
}

TEST_CASE("what a configuration file names by absolute path is kept", "[configured]") {
  MemoryImage image;
  image.file(
      "etc/app/app.conf",
      "AuthFile \"/srv/users\"\n# /srv/commented\npage=/srv/page.html;\n"
      "helper /usr/lib/app/helper -x\nroot=/srv/tftp\n"
      "load /usr/lib/app/mod.so\nicons /usr/share/app/icons/\n"
      "url http://host/srv/web\nall /usr\nlog /var/log/app.log\nbig /srv/big\n");
  image.file("srv/users").file("srv/commented").file("srv/page.html").file("srv/web");
  image.file("srv/tftp/boot").program("usr/lib/app/helper").file("usr/lib/app/mod.so")
      .file("usr/share/app/icons/a.gif");
  image.file("var/log/app.log").file("srv/big", std::string(100000, 'x')).file("usr/x");
  SECTION("of one that was read, programs too") {
    image.used("/etc/app/app.conf", trace::kRead);
    const auto keep = image.compute();
    REQUIRE(keep);
    CHECK(keep->paths.at("srv/users") == std::set<Reason>{{"configured", "/etc/app/app.conf"}});
    for (const char* path :
         {"srv/page.html", "srv/tftp/boot", "usr/lib/app/helper", "usr/share/app/icons/a.gif"}) {
      CHECK(keep->paths.contains(path));
    }
    for (const char* path : {"srv/commented", "srv/web", "usr/lib/app/mod.so", "var/log/app.log",
                             "srv/big", "usr/x"}) {
      CHECK_FALSE(keep->paths.contains(path));
    }
  }
  SECTION("of one that was only found, data") {
    image.looked_up("/etc/app/app.conf");
    CHECK(image.keeps("srv/users"));
    CHECK_FALSE(image.keeps("usr/lib/app/helper"));
  }
  SECTION("of settings that a program made of others") {
    image.file("var/lib/app/config.autogenerated", "aliases = lookup{/etc/aliases}\n");
    image.file("etc/aliases").used("/var/lib/app/config.autogenerated", trace::kRead);
    CHECK(image.keeps("etc/aliases"));
  }
  SECTION("a directory of settings, but not the system's") {
    image.file("etc/tool.conf", "include /etc/tool.d\nsee /etc/alternatives /usr/lib\n");
    image.file("etc/tool.d/job").file("etc/alternatives/awk").file("usr/lib/x");
    image.used("/etc/tool.conf", trace::kRead);
    CHECK(image.keeps("etc/tool.d/job"));
    CHECK_FALSE(image.keeps("etc/alternatives/awk"));
    CHECK_FALSE(image.keeps("usr/lib/x"));
  }
  SECTION("not what the users' shells are") {
    image.program("bin/shell").file("etc/passwd", "u:x:1:1::/srv/users:/bin/shell\n");
    image.used("/etc/passwd", trace::kRead);
    CHECK_FALSE(image.keeps("bin/shell"));
  }
}

TEST_CASE("certificates come with a TLS library", "[trust]") {
  MemoryImage image;
  image.file("etc/ssl/certs/ca-certificates.crt").symlink("etc/ssl/certs/0a1b2c3d.0", "Some.pem");
  image.symlink("etc/ssl/certs/Some.pem", "/usr/share/ca/Some.crt").file("usr/share/ca/Some.crt");
  image.host("usr/lib/libssl.so.3", "/usr/lib/x86_64-linux-gnu/libssl.so.3");
  CHECK_FALSE(image.keeps("etc/ssl/certs/ca-certificates.crt"));
  image.used("/usr/lib/libssl.so.3", trace::kMapped);
  CHECK(image.keeps("etc/ssl/certs/ca-certificates.crt"));
  CHECK(image.keeps("usr/share/ca/Some.crt"));
  // OpenSSL has its file: the directory says nothing new.
  image.symlink("usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt");
  CHECK(image.keeps("usr/lib/ssl/cert.pem"));
  CHECK_FALSE(image.keeps("usr/share/ca/Some.crt"));
}

TEST_CASE("where one translation was read, the other languages' are kept", "[locale]") {
  MemoryImage image;
  const auto at = [](const char* directory, const char* rest) {
    return std::string(directory) + "/" + rest;
  };
  for (const char* directory : {"lib/web/locale", "usr/share/locale"}) {
    image.file(at(directory, "en/LC_MESSAGES/web.mo")).file(at(directory, "de/LC_MESSAGES/web.mo"));
    image.file(at(directory, "de/LC_MESSAGES/other.mo")).file(at(directory, "de/web.mo"));
    image.used("/" + at(directory, "en/LC_MESSAGES/web.mo"), trace::kRead);
  }
  CHECK(image.keeps("lib/web/locale/de/LC_MESSAGES/web.mo"));
  CHECK_FALSE(image.keeps("lib/web/locale/de/LC_MESSAGES/other.mo"));
  CHECK_FALSE(image.keeps("lib/web/locale/de/web.mo"));
  CHECK_FALSE(image.keeps("usr/share/locale/de/LC_MESSAGES/web.mo"));
  image.file("lib/web/locale/xx/LC_MESSAGES/web.mo", std::string(4u << 20, 'x'));
  CHECK_FALSE(image.keeps("lib/web/locale/de/LC_MESSAGES/web.mo"));
}

TEST_CASE("a locale is kept whole, conversions when one is used", "[locale]") {
  MemoryImage image;
  const std::string gconv = "usr/lib/x86_64-linux-gnu/gconv/";
  image.file("usr/lib/locale/C.utf8/LC_CTYPE")
      .file("usr/lib/locale/C.utf8/LC_MESSAGES/SYS_LC_MESSAGES");
  image.file("usr/lib/locale/de_DE.utf8/LC_CTYPE");
  image.file(gconv + "gconv-modules.cache").file(gconv + "gconv-modules").file(gconv + "UTF-16.so");
  image.file(gconv + "EUC-JP.so").file(gconv + "EBCDIC.so");
  image.used("/usr/lib/locale/C.utf8/LC_CTYPE", trace::kRead)
      .used("/" + gconv + "gconv-modules.cache", trace::kRead);
  CHECK(image.keeps("usr/lib/locale/C.utf8/LC_MESSAGES/SYS_LC_MESSAGES"));
  CHECK_FALSE(image.keeps("usr/lib/locale/de_DE.utf8/LC_CTYPE"));
  CHECK_FALSE(image.keeps(gconv + "UTF-16.so"));
  MemoryImage own = image;
  own.file("app/main.py", "").file("app/late.py", "iconv('latin1')\n");
  own.used("/app/main.py", trace::kRead);
  CHECK(own.keeps(gconv + "UTF-16.so"));
  CHECK_FALSE(own.keeps(gconv + "EUC-JP.so"));
  image.used("/" + gconv + "EUC-JP.so", trace::kMapped);
  CHECK(image.keeps(gconv + "UTF-16.so"));
  CHECK(image.keeps(gconv + "gconv-modules"));
  CHECK_FALSE(image.keeps(gconv + "EBCDIC.so"));
}

TEST_CASE("character sets that texts are exchanged in stay for a server that converts by itself",
          "[locale]") {
  MemoryImage image;
  const std::string gconv = "usr/lib/x86_64-linux-gnu/gconv/";
  image.file(gconv + "gconv-modules.cache").file(gconv + "ISO8859-2.so").file(gconv + "ISO-2022-JP.so");
  image.file(gconv + "EBCDIC-US.so");
  // A program of this machine that imports iconv_open, and that is a shell.
  image.host("usr/sbin/maild", "/bin/bash").host("usr/bin/tool", "/bin/bash");
  image.file("var/lib/dpkg/info/maild.list", "/usr/sbin/maild\n/usr/sbin/listener\n");
  image.file("var/lib/dpkg/info/tool.list", "/usr/bin/tool\n").file("usr/sbin/listener");
  image.trace.sockets.insert({.action = trace::SocketAction::listen, .process = "/usr/sbin/listener"});
  image.used("/usr/sbin/listener", trace::kRead).used("/usr/bin/tool", trace::kMapped);
  CHECK_FALSE(image.keeps(gconv + "ISO8859-2.so"));
  MemoryImage job = image;
  job.trace.sockets.clear();
  image.used("/usr/sbin/maild", trace::kMapped);
  CHECK(image.keeps(gconv + "ISO8859-2.so"));
  CHECK(image.keeps(gconv + "ISO-2022-JP.so"));
  CHECK(image.keeps(gconv + "gconv-modules.cache"));
  CHECK_FALSE(image.keeps(gconv + "EBCDIC-US.so"));
  job.used("/usr/sbin/maild", trace::kMapped);
  CHECK_FALSE(job.keeps(gconv + "ISO8859-2.so"));
}

TEST_CASE("a Java machine is kept whole but for what only developers and desktops need", "[java]") {
  MemoryImage image;
  const std::string home = "usr/lib/jvm/java-17/";
  image.file(home + "lib/server/libjvm.so").file(home + "lib/modules").file(home + "lib/libnet.so");
  image.file(home + "lib/libawt_xawt.so").file(home + "lib/ct.sym").file(home + "bin/javac");
  image.file(home + "lib/libawt.so").file(home + "lib/libawt_headless.so");
  image.file(home + "lib/server/classes.jsa")
      .symlink(home + "conf/net.properties", "/etc/java/net.properties");
  image.file("etc/java/net.properties").symlink(home + "lib/security", "/etc/java/security");
  image.file("etc/java/security/java.policy");
  image.used("/" + home + "lib/server/libjvm.so", trace::kMapped);
  for (const char* path : {"lib/modules", "lib/libnet.so", "lib/libawt.so", "lib/libawt_headless.so"})
    CHECK(image.keeps(home + path));
  CHECK(image.keeps("etc/java/net.properties"));
  CHECK(image.keeps("etc/java/security/java.policy"));
  image.file(home + "lib/libjdwp.so").file(home + "lib/server/libjsig.so");
  image.program(home + "lib/jexec");
  for (const char* path : {"lib/libjdwp.so", "lib/server/libjsig.so", "lib/jexec",
                           "lib/libawt_xawt.so", "lib/ct.sym", "bin/javac", "lib/server/classes.jsa"}) {
    CHECK_FALSE(image.keeps(home + path));
  }
}

TEST_CASE("an Erlang application that is used is kept whole", "[erlang]") {
  MemoryImage image;
  image.file("lib/web-1.2/ebin/web.beam").file("lib/web-1.2/ebin/late.beam");
  image.file("lib/web-1.2/priv/www/index.html").file("lib/web-1.2/src/web.erl");
  image.file("lib/big-1/ebin/big.beam").file("lib/big-1/priv/data", std::string(5u << 20, 'x'));
  image.file("lib/other-1/ebin/other.beam").file("lib/flat/a.beam").file("lib/flat/b.beam");
  for (const char* path : {"/lib/web-1.2/ebin/web.beam", "/lib/big-1/ebin/big.beam", "/lib/flat/a.beam"})
    image.used(path, trace::kRead);
  image.used("/lib/other-1/ebin/other.beam", trace::kLookedUp);
  CHECK(image.keeps("lib/web-1.2/ebin/late.beam"));
  CHECK(image.keeps("lib/web-1.2/priv/www/index.html"));
  for (const char* path : {"lib/web-1.2/src/web.erl", "lib/big-1/priv/data", "lib/flat/b.beam"})
    CHECK_FALSE(image.keeps(path));
}

TEST_CASE("data whose place is built into a program below its prefix is kept", "[program-data]") {
  MemoryImage image;
  const std::string content("\x7f" "ELF\0share/vcs/templates\0/a/share/vcs/no\0share/top\0", 51);
  image.program("usr/bin/vcs", content);
  image.file("usr/share/vcs/templates/hook").file("usr/share/vcs/no").file("usr/share/top");
  image.file("usr/local/share/vcs/templates/hook");
  CHECK_FALSE(image.keeps("usr/share/vcs/templates/hook"));
  image.executed("/usr/bin/vcs");
  CHECK(image.keeps("usr/share/vcs/templates/hook"));
  for (const char* path : {"usr/share/vcs/no", "usr/share/top", "usr/local/share/vcs/templates/hook"})
    CHECK_FALSE(image.keeps(path));
}

TEST_CASE("data whose place is built into a program is kept", "[program-data]") {
  MemoryImage image;
  const std::string content =
      "\x7f" "ELF\1/usr/share/web/ui/index.htmlhttp: no\1/usr/share/doc/web\1"
      "/usr/share/big /usr/share/errors/%s /usr/share/gone/x /usr/share/one.txt";
  image.program("usr/bin/web", content).file("usr/share/web/ui/index.html").file("usr/share/web/x");
  image.file("usr/share/web/ui/app.js").file("usr/share/doc/web/README").file("usr/share/errors/404");
  image.file("usr/share/big/data", std::string(2u << 20, 'x')).file("usr/share/one.txt");
  CHECK_FALSE(image.keeps("usr/share/web/ui/app.js"));
  SECTION("that ran") {
    image.executed("/usr/bin/web");
    for (const char* path : {"usr/share/web/ui/app.js", "usr/share/errors/404", "usr/share/one.txt"}) {
      INFO(path);
      CHECK(image.keeps(path));
    }
    for (const char* path : {"usr/share/web/x", "usr/share/doc/web/README", "usr/share/big/data"}) {
      INFO(path);
      CHECK_FALSE(image.keeps(path));
    }
  }
  SECTION("that has read some of it: only the rest counts, and manuals do not") {
    image.executed("/usr/bin/web").file("usr/share/big/small").used("/usr/share/big/data", trace::kRead);
    image.file("usr/share/big/man/man1/big.1", std::string(2u << 20, 'x'));
    CHECK(image.keeps("usr/share/big/small"));
    CHECK_FALSE(image.keeps("usr/share/big/man"));
  }
  SECTION("or into a library, and the run looked there") {
    image.file("usr/lib/libweb.so.1", content).used("/usr/lib/libweb.so.1", trace::kMapped);
    CHECK_FALSE(image.keeps("usr/share/web/ui/app.js"));
    image.looked_up("/usr/share/web/ui/user.html", false);
    CHECK(image.keeps("usr/share/web/ui/app.js"));
    CHECK_FALSE(image.keeps("usr/share/errors/404"));
  }
  SECTION("not into a script, a shell or an interpreter, nor where it was only looked at") {
    image.program("usr/bin/script", "/usr/share/web/ui").program("bin/bash", content);
    image.program("usr/bin/perl", content).executed("/usr/bin/script").executed("/usr/bin/perl");
    image.executed("/bin/bash").looked_up("/usr/bin/web");
    CHECK_FALSE(image.keeps("usr/share/web/ui/app.js"));
  }
}

TEST_CASE("a hostile chain of links ends", "[hostile]") {
  MemoryImage image;
  constexpr int kLinks = 100000;
  for (int i = 0; i < kLinks; ++i) {
    image.symlink("links/" + std::to_string(i), std::to_string(i + 1));
  }
  image.looked_up("/links/0");
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->paths.contains("links/39"));
}
