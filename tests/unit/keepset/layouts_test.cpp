// SPDX-License-Identifier: Apache-2.0
// What libraries load by name, where distributions have it: /lib merged into /usr/lib (Debian 12)
// or a directory of its own (Debian 10), and musl's (Alpine).
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

const std::string kHost = "/lib/x86_64-linux-gnu/";
const std::string kTriplet = "x86_64-linux-gnu/";

// An image with a C library and a program that looks up users and hosts.
struct Debian {
  explicit Debian(bool merged) : lib(merged ? "usr/lib/" + kTriplet : "lib/" + kTriplet) {
    if (merged) image.symlink("lib", "usr/lib").symlink("lib64", "usr/lib64");
    image.symlink(merged ? "usr/lib64/ld-linux-x86-64.so.2" : "lib64/ld-linux-x86-64.so.2",
                  "/lib/" + kTriplet + "ld-2.28.so");
    image.host(lib + "ld-2.28.so", kHost + "ld-linux-x86-64.so.2");
    image.host(lib + "libc.so.6", kHost + "libc.so.6").host("usr/bin/getent", "/usr/bin/getent");
    image.used("/usr/bin/getent", trace::kExecuted).executed("/usr/bin/getent");
    for (const char* name : {"files", "dns", "compat", "myhostname", "db"}) {
      image.host(lib + "libnss_" + name + ".so.2", kHost + "libm.so.6");
    }
  }
  bool keeps_service(const std::string& name) const {
    return image.keeps(lib + "libnss_" + name + ".so.2");
  }

  MemoryImage image;
  std::string lib;
};

}  // namespace

TEST_CASE("a program's loader, C library and name services, /usr merged or not", "[layout]") {
  const bool merged = GENERATE(true, false);
  Debian debian(merged);
  INFO(merged);
  debian.image.file(
      "etc/nsswitch.conf",
      "passwd: dns # db\nhosts:\tfiles  myhostname[!UNAVAIL=return] [ NOTFOUND=return "
      "TRYAGAIN=continue ] dns\n# x: db\nno colon db\n");
  CHECK(debian.image.keeps(debian.lib + "ld-2.28.so"));
  CHECK(debian.image.keeps(debian.lib + "libc.so.6"));
  for (const char* name : {"files", "dns", "myhostname"}) CHECK(debian.keeps_service(name));
  for (const char* name : {"compat", "db"}) CHECK_FALSE(debian.keeps_service(name));
  if (merged) CHECK(debian.image.keeps("lib"));
}

TEST_CASE("name services where nothing says which", "[layout]") {
  const Debian debian(GENERATE(true, false));
  for (const char* name : {"files", "dns", "compat"}) CHECK(debian.keeps_service(name));
  CHECK_FALSE(debian.keeps_service("myhostname"));
}

TEST_CASE("directories of ld.so.conf and what it includes", "[layout]") {
  Debian debian(GENERATE(true, false));
  MemoryImage& image = debian.image;
  image.file("etc/ld.so.conf", "# x\ninclude ld.so.conf.d/*.conf\ninclude /opt/*/ld.conf\n");
  image.file("etc/ld.so.conf.d/a.conf", "/opt/a/lib # why\n")
      .file("etc/ld.so.conf.d/b.cnf", "/opt/b");
  image.file("opt/c/ld.conf", "/opt/c/lib=libc6\ninclude /etc/ld.so.conf\n");
  // libssl needs libcrypto.
  image.host("opt/x/libssl.so.3", kHost + "libssl.so.3");
  image.used("/opt/x/libssl.so.3", trace::kMapped);
  const std::string crypto = "libcrypto.so.3";
  SECTION("by a pattern relative to it") {
    image.host("opt/a/lib/" + crypto, kHost + crypto).host("opt/b/" + crypto, kHost + crypto);
    CHECK(image.keeps("opt/a/lib/" + crypto));
    CHECK_FALSE(image.keeps("opt/b/" + crypto));
  }
  SECTION("by a pattern of directories, with a type") {
    image.host("opt/c/lib/" + crypto, kHost + crypto).host("opt/d/lib/" + crypto, kHost + crypto);
    CHECK(image.keeps("opt/c/lib/" + crypto));
    CHECK_FALSE(image.keeps("opt/d/lib/" + crypto));
  }
}

TEST_CASE("PAM modules and their helpers, /usr merged or not, and on musl", "[layout]") {
  MemoryImage image;
  std::string lib, helper;
  SECTION("merged") {
    image.symlink("lib", "usr/lib").symlink("sbin", "usr/sbin");
    lib = "usr/lib/" + kTriplet + "security/";
    helper = "usr/sbin/unix_chkpwd";
  }
  SECTION("not merged") {
    lib = "lib/" + kTriplet + "security/";
    helper = "sbin/unix_chkpwd";
  }
  SECTION("musl") {
    lib = "lib/security/";
    helper = "sbin/unix_chkpwd";
  }
  for (const char* name : {"unix", "nologin", "echo", "deny", "other", "unused"}) {
    image.file(lib + "pam_" + name + ".so");
  }
  image.program(helper).file("opt/own/pam_own.so").file("etc/login.defs");
  image.file("etc/pam.d/login",
             "@include /etc/site/auth\nauth \\\n  [success=ok \\\n  default=die] pam_unix.so\n"
             "account substack base\nauth required /opt/own/pam_own.so x\n");
  image.file("etc/site/auth")
      .file("usr/lib/pam.d/base",
            "account required pam_nologin.so\n"
            "account include absolute\n");
  image.file("etc/pam.d/absolute", "session include /usr/lib/pam.d/last\n");
  image.file("usr/lib/pam.d/last", "-session optional pam_echo.so\nsession include last\n");
  image.file("usr/lib/pam.d/other", "auth required pam_deny.so\n@include /opt/site/late\n");
  image.file("opt/site/late");
  image.used("/etc/pam.d/login", trace::kRead);
  for (const char* name : {"unix", "nologin", "echo", "deny"}) {
    INFO(name);
    CHECK(image.keeps(lib + "pam_" + name + ".so"));
  }
  for (const char* path :
       {"etc/site/auth", "opt/own/pam_own.so", "opt/site/late", "etc/login.defs"}) {
    CHECK(image.keeps(path));
  }
  CHECK(image.keeps(helper));
  CHECK_FALSE(image.keeps(lib + "pam_unused.so"));
}

TEST_CASE("OpenSSL's modules where distributions have them", "[layout]") {
  MemoryImage image;
  const std::string lib = GENERATE(as<std::string>{}, "usr/lib/x86_64-linux-gnu/", "usr/lib/",
                                   "lib/x86_64-linux-gnu/", "usr/local/lib64/", "lib64/");
  image.file(lib + "ossl-modules/legacy.so").file(lib + "ossl-modules/fips.so");
  image.file(lib + "engines-3/afalg.so").file(lib + "engines-3/capi.so");
  image.file("opt/own.so").file("usr/set/extra.cnf", "[a]\nengine_id = afalg\n");
  image.file("usr/set/ignored.txt", "engine_id = capi\n").file("usr/set/sub/b.cnf");
  image.file("opt/fips.cnf", "fips = fips_sect # as ordered\n.include /etc/ssl/openssl.cnf\n");
  image.file("etc/ssl/openssl.cnf",
             ".include /usr/set\n.include = /opt/fips.cnf\n.include gone.cnf\n.include /gone\n"
             "[p]\n#legacy = x\n module = /opt/own.so\n");
  SECTION("its own configuration") { image.used("/etc/ssl/openssl.cnf", trace::kRead); }
  SECTION("one that the environment names") {
    image.file("srv/tls.conf", ".include /etc/ssl/openssl.cnf\n")
        .used("/srv/tls.conf", trace::kRead);
    image.options.environment = {"OPENSSL_CONF=/srv/tls.conf"};
  }
  for (const std::string& path : {lib + "ossl-modules/fips.so", lib + "engines-3/afalg.so",
                                  std::string("opt/own.so"), std::string("usr/set/extra.cnf")}) {
    INFO(path);
    CHECK(image.keeps(path));
  }
  for (const std::string& path : {lib + "ossl-modules/legacy.so", lib + "engines-3/capi.so",
                                  std::string("usr/set/ignored.txt")}) {
    CHECK_FALSE(image.keeps(path));
  }
}

TEST_CASE("modules in a directory that the environment names", "[layout]") {
  MemoryImage image;
  image.file("opt/m/legacy.so")
      .file("opt/e/x.so")
      .file("usr/lib/ssl/openssl.cnf", "legacy = a\nx = b\n");
  image.used("/usr/lib/ssl/openssl.cnf", trace::kRead);
  CHECK_FALSE(image.keeps("opt/m/legacy.so"));
  image.options.environment = {"OPENSSL_MODULES=/opt/m", "OPENSSL_ENGINES=/opt/e"};
  CHECK(image.keeps("opt/m/legacy.so"));
  CHECK(image.keeps("opt/e/x.so"));
  image.file("opt/m/fips.so").file("srv/tls", "fips = a\n").used("/srv/tls", trace::kRead);
  CHECK_FALSE(image.keeps("opt/m/fips.so"));
  image.options.environment.push_back("OPENSSL_CONF=/srv/tls");
  CHECK(image.keeps("opt/m/fips.so"));
}

TEST_CASE("musl's loader searches its own directories, and has no name services", "[layout]") {
  MemoryImage image;
  image.host("lib/ld-musl-x86_64.so.1", kHost + "libm.so.6")
      .host("usr/bin/getent", "/usr/bin/getent");
  image.symlink("lib/libc.musl-x86_64.so.1", "ld-musl-x86_64.so.1");
  image.used("/lib/ld-musl-x86_64.so.1", trace::kMapped).used("/usr/bin/getent", trace::kMapped);
  image.file("etc/services").host("lib/libnss_files.so.2", kHost + "libm.so.6");
  image.host("opt/x/libssl.so.3", kHost + "libssl.so.3");
  image.used("/opt/x/libssl.so.3", trace::kMapped);
  for (const char* directory : {"usr/local/lib/", "srv/lib/"}) {
    image.host(directory + std::string("libcrypto.so.3"), kHost + "libcrypto.so.3");
  }
  CHECK(image.keeps("etc/services"));
  CHECK_FALSE(image.keeps("lib/libnss_files.so.2"));
  CHECK(image.keeps("usr/local/lib/libcrypto.so.3"));
  CHECK_FALSE(image.keeps("srv/lib/libcrypto.so.3"));
  image.file("etc/ld-musl-x86_64.path", "/srv/lib:/other\n");
  CHECK(image.keeps("srv/lib/libcrypto.so.3"));
  CHECK_FALSE(image.keeps("usr/local/lib/libcrypto.so.3"));
  CHECK(image.keeps("etc/ld-musl-x86_64.path"));
}

TEST_CASE("modules beside one that libtool opened, as far as their libraries are there", "[libtool]") {
  MemoryImage image;
  const std::string modules = "usr/lib/tool/coders/";
  image.host("lib/x86_64-linux-gnu/libc.so.6", kHost + "libc.so.6");
  image.host("lib/x86_64-linux-gnu/libcrypto.so.3", kHost + "libcrypto.so.3", 4u << 20);
  for (const auto& [name, library] : {std::pair{"png", "libz.so.1"}, std::pair{"gif", "libz.so.1"},
                                      std::pair{"tls", "libssl.so.3"}, std::pair{"bare", "libz.so.1"}}) {
    image.host(modules + name + ".so", kHost + library, 1000);
    if (std::string_view(name) != "bare")
      image.file(modules + name + ".la", "# libtool\ndlname='" + std::string(name) + ".so'\n");
  }
  image.used("/" + modules + "png.so", trace::kMapped);
  CHECK_FALSE(image.keeps(modules + "gif.so"));
  image.used("/" + modules + "png.la", trace::kRead);
  CHECK(image.keeps(modules + "gif.so"));
  CHECK(image.keeps(modules + "gif.la"));
  CHECK_FALSE(image.keeps(modules + "tls.so"));  // needs libcrypto, which is large
  CHECK_FALSE(image.keeps(modules + "tls.la"));
  CHECK_FALSE(image.keeps(modules + "bare.so"));
  image.used("/lib/x86_64-linux-gnu/libcrypto.so.3", trace::kMapped);
  CHECK(image.keeps(modules + "tls.so"));
}

TEST_CASE("modules in a directory that is built into what opens them", "[libtool]") {
  const std::string modules = "usr/lib/tool/coders/", library = "lib/x86_64-linux-gnu/libtool.so.1";
  const auto read = slim::read_file(kHost + "libssl.so.3");
  REQUIRE(read);
  std::string opener = *read + std::string("\0/usr/lib/tool//coders\0/usr/lib/x86_64-linux-gnu\0", 49);
  MemoryImage image;
  image.file(library, opener).used("/" + library, trace::kMapped);
  image.host("lib/x86_64-linux-gnu/libc.so.6", kHost + "libc.so.6");
  for (const std::string& directory : {modules, std::string("usr/lib/x86_64-linux-gnu/")}) {
    image.host(directory + "png.so", kHost + "libz.so.1");
    image.file(directory + "png.la", "dlname='png.so'\n");
  }
  CHECK_FALSE(image.keeps(modules + "png.so"));  // it does not open any
  constexpr std::string_view kNeeded = "libcrypto.so.3";
  opener.replace(opener.find(kNeeded), kNeeded.size(), std::string("libltdl.so.7\0\0", kNeeded.size()));
  image.file(library, opener);
  CHECK(image.keeps(modules + "png.so"));
  CHECK(image.keeps(modules + "png.la"));
  CHECK_FALSE(image.keeps("usr/lib/x86_64-linux-gnu/png.so"));
}

TEST_CASE("what libtool's description leads to is a link to a version", "[libtool]") {
  MemoryImage image;
  const std::string modules = "usr/lib/tool/";
  for (const char* name : {"one", "two", "gone"}) {
    image.symlink(modules + name + "-2.5.so.0", std::string(name) + "-2.5.so.0.1.8");
    image.file(modules + name + ".la", "dlname='" + std::string(name) + "-2.5.so.0'\n");
  }
  for (const char* name : {"one", "two"})
    image.host(modules + name + "-2.5.so.0.1.8", kHost + "libc.so.6");
  image.host("lib64/ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2");
  image.used("/" + modules + "one.la", trace::kRead);
  image.used("/lib64/ld-linux-x86-64.so.2", trace::kMapped);
  for (const char* path : {"two.la", "two-2.5.so.0", "two-2.5.so.0.1.8"})
    CHECK(image.keeps(modules + path));
  CHECK_FALSE(image.keeps(modules + "gone.la"));
}
