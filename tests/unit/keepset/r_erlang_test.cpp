// SPDX-License-Identifier: Apache-2.0
// What R and Erlang load later: packages and applications that sources name.
#include <catch2/catch.hpp>

#include "keepset/beam_module.hpp"
#include "keepset/erlang_source.hpp"
#include "keepset/r_source.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

using Names = std::set<std::string>;

TEST_CASE("what R's sources and packages need", "[r]") {
  CHECK(r_packages_of("library(dplyr); require( \"data.table\")\nMASS::fractions(1) a:b\n"
                      "if (requireNamespace('xml2')) x$library\nmylibrary(no)") ==
        Names{"MASS", "data.table", "dplyr", "xml2"});
  CHECK(r_needs_of("Package: a\nDepends: R (>= 3.4), methods\nImports: rlang (>= 1.0),\n tibble\n"
                   "Suggests: no\n") == Names{"methods", "rlang", "tibble"});
}

TEST_CASE("packages of R that are used or named are kept", "[r]") {
  MemoryImage image;
  const std::string home = "usr/lib/R/";
  const auto package = [&](const std::string& path, const std::string& needs) {
    image.file(path + "/DESCRIPTION", "Imports: " + needs + "\n").file(path + "/Meta/package.rds");
    image.file(path + "/R/all.rdb").file(path + "/doc/guide.html");
  };
  package(home + "library/base", "");
  package(home + "library/tools", "");
  package(home + "site-library/dplyr", "rlang");
  package("usr/local/lib/R/site-library/rlang", "");
  package(home + "site-library/other", "");
  image.file(home + "modules/lapack.so").file(home + "modules/internet.so");
  image.file(home + "library/base/enc/x.enc");
  image.file("app/job.R", "library(dplyr)\n").used("/app/job.R", trace::kRead);
  image.roots = {"/app/job.R"};
  CHECK_FALSE(image.keeps(home + "site-library/dplyr/R/all.rdb"));
  image.used("/" + home + "library/base/R/all.rdb", trace::kRead);
  for (const std::string& path :
       {home + "library/base/enc/x.enc", home + "modules/lapack.so",
        home + "site-library/dplyr/R/all.rdb",
        std::string("usr/local/lib/R/site-library/rlang/R/all.rdb")}) {
    INFO(path);
    CHECK(image.keeps(path));
  }
  for (const char* path : {"library/base/doc/guide.html", "library/tools/R/all.rdb",
                           "site-library/other/R/all.rdb"})
    CHECK_FALSE(image.keeps(home + path));
  CHECK_FALSE(image.keeps(home + "modules/internet.so"));
  image.file("app/late.R", "url('http://a/')\n");
  CHECK(image.keeps(home + "modules/internet.so"));
}

TEST_CASE("what Erlang's sources call and applications need", "[erlang]") {
  CHECK(erlang_modules_of("run() -> crypto:hash(x), fun lists:map/2, Mod:no1(), a:b.\n"
                          "x = :zlib.gzip(y); <<A:no2>>, io::no3(") ==
        Names{"crypto", "lists", "zlib"});
  CHECK(erlang_needs_of("{application, a, [{modules, [no]},\n {applications, [kernel,\n ssl]},"
                        "{included_applications,[x]}]}.") == Names{"kernel", "ssl", "x"});
}

TEST_CASE("applications of Erlang that sources name are kept", "[erlang]") {
  MemoryImage image;
  const std::string lib = "usr/lib/erlang/lib/";
  image.file(lib + "ssl-1/ebin/ssl.app", "{applications,[crypto]}").file(lib + "ssl-1/ebin/ssl.beam");
  image.file(lib + "crypto-5/ebin/crypto.app").file(lib + "crypto-5/ebin/crypto.beam");
  image.file(lib + "crypto-5/priv/lib/crypto.so").file(lib + "wx-2/ebin/wx.app");
  image.file(lib + "ssl-1/ebin/tls.beam").file(lib + "wx-2/ebin/wx.beam");
  image.file("app/main.escript", "main(_) -> tls:start().").program("usr/bin/date");
  image.file("app/lib.erl", "os:cmd(\"date\").");
  CHECK_FALSE(image.keeps(lib + "ssl-1/ebin/ssl.beam"));
  image.used("/app/main.escript", trace::kRead).roots = {"/app/main.escript"};
  for (const char* path : {"ssl-1/ebin/ssl.beam", "crypto-5/ebin/crypto.beam",
                           "crypto-5/priv/lib/crypto.so"})
    CHECK(image.keeps(lib + path));
  CHECK_FALSE(image.keeps(lib + "wx-2/ebin/wx.beam"));
  CHECK(image.keeps("usr/bin/date"));
  image.file("etc/ssl/certs/ca-certificates.crt");
  CHECK_FALSE(image.keeps("etc/ssl/certs/ca-certificates.crt"));
  image.file(lib + "crypto-5/ebin/pubkey_os_cacerts.beam");
  CHECK(image.keeps("etc/ssl/certs/ca-certificates.crt"));
}

TEST_CASE("programs that compiled modules of Erlang start are kept", "[erlang]") {
  const auto size_of = [](size_t size) {
    std::string bytes(4, '\0');
    for (size_t i = 4; i > 0; size >>= 8) bytes[--i] = static_cast<char>(size & 0xff);
    return bytes;
  };
  const auto beam = [&](const std::string& atoms, const std::string& command) {
    const std::string terms = "\x83l" + size_of(1) + "k" + std::string(1, '\0') +
                              static_cast<char>(command.size()) + command + "j";
    std::string chunks;
    for (const auto& [name, content] : {std::pair{"AtU8", atoms}, std::pair{"LitT", size_of(0) + terms}})
      chunks += name + size_of(content.size()) + content + std::string((4 - content.size() % 4) % 4, '\0');
    return "FOR1" + size_of(chunks.size() + 4) + "BEAM" + chunks;
  };
  MemoryImage image;
  for (const char* name : {"df", "sort", "sh"}) image.program("usr/bin/" + std::string(name));
  image.symlink("bin", "usr/bin").file("srv/app/a.beam", beam("os cmd", "sort x | df"));
  image.used("/srv/app/a.beam", trace::kRead);
  for (const char* name : {"df", "sort", "sh"}) CHECK(image.keeps("usr/bin/" + std::string(name)));
  image.file("srv/app/a.beam", beam("lists", "sort x | df"));
  CHECK_FALSE(image.keeps("usr/bin/sort"));
  // Of Erlang's own library, what it looks for.
  const std::string library = "usr/lib/erlang/lib/os_mon-2/ebin/disksup.beam";
  image.file(library, beam("os find_executable", "df")).used("/" + library, trace::kRead);
  CHECK(image.keeps("usr/bin/df"));
  image.file(library, beam("os cmd", "df"));
  CHECK_FALSE(image.keeps("usr/bin/df"));
  const std::string module = beam("os cmd", "sort");
  for (size_t cut = 0; cut < module.size(); ++cut) {
    const auto part = beam_module_of(std::string_view(module).substr(0, cut));
    if (part) CHECK(part->strings.size() <= 1);
  }
}
