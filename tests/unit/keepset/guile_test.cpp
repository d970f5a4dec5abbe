// SPDX-License-Identifier: Apache-2.0
// What Guile loads later: modules that sources name.
#include <catch2/catch.hpp>

#include "keepset/scheme_source.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("what a Scheme source may load", "[guile]") {
  CHECK(scheme_modules_of("(use-modules (ice-9 format) ((srfi srfi-1) #:select (fold)))\n"
                          "(use '(web uri)) ; (no 1)\n(f \"x\" (g))(one)\n") ==
        std::set<std::string>{"ice-9/format", "srfi/srfi-1", "web/uri"});
}

TEST_CASE("modules of Guile that sources name are kept", "[guile]") {
  MemoryImage image;
  const std::string scm = "usr/share/guile/3.0/", go = "usr/lib/guile/3.0/ccache/";
  image.file(scm + "ice-9/boot-9.scm", "(ice-9 other)").file(go + "ice-9/boot-9.go");
  image.file(scm + "ice-9/format.scm", "#:autoload (ice-9 pretty) (p)").file(go + "ice-9/format.go");
  image.file(scm + "ice-9/pretty.scm").file(scm + "ice-9/other.scm");
  image.file("usr/share/guile/site/3.0/json/parser.scm");
  image.file("app/main.scm", "(use-modules (ice-9 format) (json parser))\n"
                               "(open-input-pipe \"date +%Y\")\n");
  image.program("usr/bin/date").program("bin/sh");
  image.used("/" + go + "ice-9/boot-9.go", trace::kRead);
  CHECK_FALSE(image.keeps(go + "ice-9/format.go"));
  image.used("/app/main.scm", trace::kRead).roots = {"/app/main.scm"};
  for (const std::string& path : {go + "ice-9/format.go", scm + "ice-9/format.scm",
                                  scm + "ice-9/pretty.scm",
                                  std::string("usr/share/guile/site/3.0/json/parser.scm")}) {
    INFO(path);
    CHECK(image.keeps(path));
  }
  CHECK_FALSE(image.keeps(scm + "ice-9/other.scm"));
  CHECK(image.keeps("usr/bin/date"));
}
