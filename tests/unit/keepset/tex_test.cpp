// SPDX-License-Identifier: Apache-2.0
// What the next document of a typesetter asks for.
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

TEST_CASE("macros of the format that was used are kept, and what formats share", "[tex]") {
  const std::string tree = "usr/share/texmf-dist/";
  MemoryImage image;
  for (const char* file :
       {"tex/latex/base/article.cls", "tex/latex/base/book.cls", "tex/generic/a/b.sty",
        "fonts/tfm/cm/cmr10.tfm", "fonts/source/cm/cmr10.mf", "tex/context/base/mkii/cont.mkii",
        "tex/context/base/mkii/supp-pdf.mkii"})
    image.file(tree + file);
  image.looked_up("/" + tree + "tex/latex/base/article.cls");
  CHECK_FALSE(image.keeps(tree + "tex/latex/base/book.cls"));
  image.used("/" + tree + "tex/latex/base/article.cls", trace::kRead);
  for (const char* kept : {"tex/latex/base/book.cls", "tex/generic/a/b.sty", "fonts/tfm/cm/cmr10.tfm"}) {
    INFO(kept);
    CHECK(image.keeps(tree + kept));
  }
  CHECK_FALSE(image.keeps(tree + "fonts/source/cm/cmr10.mf"));
  CHECK_FALSE(image.keeps(tree + "tex/context/base/mkii/cont.mkii"));
  CHECK(image.keeps(tree + "tex/context/base/mkii/supp-pdf.mkii"));
  // A whole distribution.
  image.host(tree + "tex/latex/all.sty", "/bin/true", 100u << 20);
  CHECK_FALSE(image.keeps(tree + "tex/latex/base/book.cls"));
  // Not a tree of TeX's.
  MemoryImage other;
  other.file("usr/share/other/tex/latex/a.cls").file("usr/share/other/tex/latex/b.cls");
  other.used("/usr/share/other/tex/latex/a.cls", trace::kRead);
  CHECK_FALSE(other.keeps("usr/share/other/tex/latex/b.cls"));
}
