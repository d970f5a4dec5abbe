// SPDX-License-Identifier: Apache-2.0
// Modules that libraries load because their configuration names them: PAM, OpenSSL.
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("a program that is linked to PAM brings its service", "[pam]") {
  MemoryImage image;
  image.host("bin/su", "/bin/su").host("bin/plain", "/bin/true");
  image.file("etc/pam.d/su").file("etc/pam.d/plain").file("etc/pam.d/chsh");
  image.used("/bin/plain", trace::kExecuted).executed("/bin/plain").looked_up("/bin/su");
  CHECK_FALSE(image.keeps("etc/pam.d/su"));
  image.executed("/bin/su");
  CHECK(image.keeps("etc/pam.d/su"));
  CHECK_FALSE(image.keeps("etc/pam.d/plain"));
  CHECK_FALSE(image.keeps("etc/pam.d/chsh"));
}

TEST_CASE("what is linked to PAM brings the services that it has built in", "[pam]") {
  MemoryImage image;
  image.host("usr/lib/server/auth", "/bin/su").file("etc/pam.d/su-l").file("etc/pam.d/su-");
  image.file("usr/lib/pam.d/su-l").looked_up("/usr/lib/server/auth");
  CHECK_FALSE(image.keeps("etc/pam.d/su-l"));
  image.used("/usr/lib/server/auth", trace::kMapped);
  CHECK(image.keeps("etc/pam.d/su-l"));
  CHECK(image.keeps("usr/lib/pam.d/su-l"));
  CHECK_FALSE(image.keeps("etc/pam.d/su-"));
}

TEST_CASE("a PAM service brings its modules and what they read", "[pam]") {
  MemoryImage image;
  const std::string modules = "usr/lib/x86_64-linux-gnu/security/";
  for (const char* name : {"pam_unix.so", "pam_deny.so", "pam_limits.so", "pam_env.so",
                           "pam_unused.so", "pam_optional.so", "pam_other.so"}) {
    image.file(modules + name);
  }
  image.file("etc/pam.d/sshd",
             "# auth required pam_unused.so\n@include common-auth\n"
             "session required pam_limits.so\n-session optional pam_optional.so # x\n"
             "account include common-account\n");
  image.file("etc/pam.d/common-auth",
             "auth\t[success=1 default=ignore]\tpam_unix.so nullok\nauth requisite pam_deny.so\n");
  image.file("etc/pam.d/common-account", "account required /opt/pam_own.so\nauth\nauth [a=b\n");
  image.file("etc/pam.d/other", "auth required pam_other.so\n").file("etc/pam.d/login");
  image.file("opt/pam_own.so")
      .file("etc/security/limits.conf")
      .file("etc/security/limits.d/x.conf");
  image.file("etc/security/access.conf").program("usr/sbin/unix_chkpwd");
  image.file("etc/shadow", "x", 0640);
  CHECK_FALSE(image.keeps(modules + "pam_unix.so"));
  CHECK_FALSE(image.keeps("etc/shadow"));
  image.used("/etc/pam.d/sshd", trace::kRead);
  for (const char* name :
       {"pam_unix.so", "pam_deny.so", "pam_limits.so", "pam_optional.so", "pam_other.so"}) {
    CHECK(image.keeps(modules + name));
  }
  CHECK(image.keeps("etc/shadow"));
  for (const char* path : {"opt/pam_own.so", "etc/security/limits.conf", "usr/sbin/unix_chkpwd",
                           "etc/security/limits.d/x.conf", "etc/pam.d/other"}) {
    CHECK(image.keeps(path));
  }
  CHECK_FALSE(image.keeps(modules + "pam_unused.so"));
  CHECK_FALSE(image.keeps(modules + "pam_env.so"));
  CHECK_FALSE(image.keeps("etc/security/access.conf"));
  CHECK_FALSE(image.keeps("etc/pam.d/login"));
}

TEST_CASE("OpenSSL's modules are kept when its configuration names them", "[openssl]") {
  MemoryImage image;
  const std::string library = "usr/lib/x86_64-linux-gnu/";
  image.file(library + "ossl-modules/legacy.so").file(library + "ossl-modules/fips.so");
  image.file(library + "engines-3/afalg.so").file(library + "engines-3/padlock.so");
  image.file("etc/ssl/openssl.cnf",
             "[providers]\ndefault = default_sect\nlegacy = legacy_sect\n# fips = fips_sect\n"
             "[engine]\nengine_id = afalg\n");
  image.used("/etc/ssl/openssl.cnf", trace::kRead);
  CHECK(image.keeps(library + "ossl-modules/legacy.so"));
  CHECK(image.keeps(library + "engines-3/afalg.so"));
  CHECK_FALSE(image.keeps(library + "ossl-modules/fips.so"));
  CHECK_FALSE(image.keeps(library + "engines-3/padlock.so"));
}

TEST_CASE("modules that what was read names, beside one that was loaded", "[named-modules]") {
  MemoryImage image;
  const std::string modules = "usr/lib/db/15/lib/", catalogue = "usr/share/db/15/catalogue";
  for (const char* name : {"core.so", "utf8_and_win.so", "utf8.so", "trees.so"})
    image.file(modules + name);
  image.file("usr/lib/other.so").file("usr/lib/x86_64-linux-gnu/trees.so");
  image.file("usr/lib/x86_64-linux-gnu/libc.so");
  image.file(catalogue, "convert $libdir/utf8_and_win trees (/other/trees /lib/utf8_and_winter "
                        "/libc lib/utf8.so)");
  image.used("/" + catalogue, trace::kRead).used("/usr/lib/x86_64-linux-gnu/libc.so", trace::kMapped);
  CHECK_FALSE(image.keeps(modules + "utf8_and_win.so"));
  image.used("/" + modules + "core.so", trace::kMapped);
  CHECK(image.keeps(modules + "utf8_and_win.so"));
  CHECK(image.keeps(modules + "utf8.so"));
  for (const std::string& path : {modules + "trees.so", std::string("usr/lib/other.so"),
                                  std::string("usr/lib/x86_64-linux-gnu/trees.so")})
    CHECK_FALSE(image.keeps(path));
}
