// SPDX-License-Identifier: Apache-2.0
// Character sets that only the application's scripts name.
#include <catch2/catch.hpp>

#include "keepset/charsets.hpp"
#include "unit/keepset/python_image.hpp"

using namespace slim;
using namespace slim::keepset;
using namespace slim::keepset::test;

namespace {

// As glibc has them: iconvdata/gconv-modules.
constexpr const char* kGconv =
    "alias\tSHIFT_JIS//\t\tSJIS//\n"
    "module\tSJIS//\t\t\tINTERNAL\t\tSJIS\t\t1\n"
    "module\tINTERNAL\t\tSJIS//\t\t\tSJIS\t\t1\n"
    "module\tISO-2022-JP//\t\tINTERNAL\t\tISO-2022-JP\t1\n"
    "module\tBIG5//\t\t\tINTERNAL\t\tBIG5\t\t1\n";

}  // namespace

TEST_CASE("names of character sets stand in quotes", "[charsets]") {
  const auto found = quoted_charsets("f(x, 'Shift_JIS', \"UTF-16//TRANSLIT\"); y = don't; z('no such');");
  CHECK(found == std::set<std::string>{"shiftjis", "utf16"});
  CHECK(quoted_charsets("'" + std::string(30, 'x') + "' 'ab' \"open").empty());
}

TEST_CASE("a Python application's named codecs stay", "[charsets]") {
  MemoryImage image = python_image();
  const std::string encodings = std::string(kLibrary) + "encodings/";
  image.file(encodings + "__init__.py").file(encodings + "big5.py");
  image.file(encodings + "shift_jis.py", "import _codecs_jp, codecs\n");
  const std::string library = kLibrary;
  const std::string tables = library + "lib-dynload/_codecs_jp.cpython-311-x86_64-linux-gnu.so";
  image.file(tables, "");
  image.file(encodings + "cp1250.py");
  image.file(encodings + "aliases.py", "aliases = {\n    'sjis' : 'shift_jis',\n}\n");
  image.used("/" + encodings + "__init__.py", trace::kRead);
  image.file("app/main.py", "").file("app/late.py", "open(name, encoding='SJIS')\nb.decode(\"cp1250\")\n");
  image.used("/app/main.py", trace::kRead);
  CHECK(image.keeps(encodings + "shift_jis.py"));
  CHECK(image.keeps(tables));
  CHECK(image.keeps(encodings + "cp1250.py"));
  CHECK_FALSE(image.keeps(encodings + "big5.py"));
}

TEST_CASE("modules of iconv stay for character sets that an application converts", "[charsets]") {
  MemoryImage image;
  const std::string gconv = "usr/lib/x86_64-linux-gnu/gconv/";
  image.file(gconv + "gconv-modules", "").file(gconv + "gconv-modules.d/extra.conf", kGconv);
  for (const char* module : {"SJIS.so", "BIG5.so", "ISO-2022-JP.so"}) image.file(gconv + module);
  image.program("usr/bin/php8.2").used("/usr/bin/php8.2", trace::kExecuted);
  image.file("app/index.php", "").used("/app/index.php", trace::kRead);
  MemoryImage other = image;
  image.file("app/late.php", "<?php echo iconv('SHIFT_JIS', 'UTF-8', $text);");
  CHECK(image.keeps(gconv + "SJIS.so"));
  CHECK_FALSE(image.keeps(gconv + "BIG5.so"));
  CHECK_FALSE(image.keeps(gconv + "ISO-2022-JP.so"));
  other.file("app/late.lua", "local c = require('iconv').new('shift_jis', 'utf-8')");
  CHECK(other.keeps(gconv + "SJIS.so"));
  other.file("app/late.lua", "");
  other.file("app/late.php", "<?php echo mb_convert_encoding($text, 'UTF-8', 'SHIFT_JIS');");
  CHECK_FALSE(other.keeps(gconv + "SJIS.so"));
}

TEST_CASE("Ruby's transcoders stay for character sets that an application names", "[charsets]") {
  MemoryImage image;
  const std::string enc = "usr/lib/x86_64-linux-gnu/ruby/3.1.0/enc/";
  image.file(enc + "encdb.so").file(enc + "shift_jis.so").file(enc + "gbk.so");
  image.file(enc + "trans/japanese_sjis.so", std::string("\x7f" "ELF\0Shift_JIS\0UTF-8\0", 20));
  image.file(enc + "trans/gbk.so", std::string("\x7f" "ELF\0GBK\0UTF-8\0", 14));
  image.used("/" + enc + "encdb.so", trace::kMapped);
  image.file("app/main.rb", "").file("app/late.rb", "text.encode('Shift_JIS').encode(\"UTF-8\")\n");
  image.used("/app/main.rb", trace::kRead);
  CHECK(image.keeps(enc + "shift_jis.so"));
  CHECK(image.keeps(enc + "trans/japanese_sjis.so"));
  CHECK_FALSE(image.keeps(enc + "gbk.so"));
  CHECK_FALSE(image.keeps(enc + "trans/gbk.so"));
}
