// SPDX-License-Identifier: Apache-2.0
#include "report/format.hpp"

#include <catch2/catch.hpp>

#include "slim/report/terminal.hpp"

using namespace slim::report;

TEST_CASE("Bytes are written in decimal units with one digit") {
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(999) == "999 B");
  CHECK(human_bytes(1000) == "1.0 kB");
  CHECK(human_bytes(749'512'345) == "749.5 MB");
  CHECK(human_bytes(1'249'000'000) == "1.2 GB");
  // Rounding must not give "1000.0 MB".
  CHECK(human_bytes(999'949'999) == "999.9 MB");
  CHECK(human_bytes(999'950'000) == "1.0 GB");
  CHECK(human_bytes(UINT64_MAX) == "18.4 EB");
}

TEST_CASE("Counts are grouped by thousands") {
  CHECK(human_count(0) == "0");
  CHECK(human_count(999) == "999");
  CHECK(human_count(1000) == "1,000");
  CHECK(human_count(20'114) == "20,114");
  CHECK(human_count(1'234'567) == "1,234,567");
}

TEST_CASE("Seconds lose digits as they grow") {
  CHECK(human_seconds(0.0449) == "0.04 s");
  CHECK(human_seconds(9.99) == "9.99 s");
  CHECK(human_seconds(9.996) == "10.0 s");
  CHECK(human_seconds(59.96) == "1 min 00 s");
  CHECK(human_seconds(125) == "2 min 05 s");
}

TEST_CASE("Text for the screen holds no control characters") {
  CHECK(printable("a\x1b[31mb\nc") == "a\\x1b[31mb\\x0ac");
  CHECK(printable("C:\\x") == "C:\\x");
  CHECK(printable("caf\xc3\xa9 \xff") == "caf\xc3\xa9 \\xff");
  CHECK(printable("") == "");
  CHECK(printable("\\") == "\\");
}

TEST_CASE("Columns are code points") {
  CHECK(columns("caf\xc3\xa9") == 4);
  CHECK(fit("caf\xc3\xa9", 4) == "caf\xc3\xa9");
  CHECK(fit("caf\xc3\xa9s", 4) == "c...");
  CHECK(fit("abcdef", 2) == "ab");
  CHECK(pad_left("\xc3\xa9", 3) == "  \xc3\xa9");
  CHECK(pad_right("\xc3\xa9", 3) == "\xc3\xa9  ");
  CHECK(pad_right("abcd", 3) == "abcd");
}

TEST_CASE("Text is wrapped at spaces and long words are cut") {
  CHECK(wrap("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("abcdefgh ij", 3) == std::vector<std::string>{"abc", "def", "gh", "ij"});
  CHECK(wrap("a  b", 10) == std::vector<std::string>{"a b"});
  CHECK(wrap("", 10) == std::vector<std::string>{""});
  CHECK(wrap("ab", 0) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("Without colour the text stays as it is") {
  CHECK(styled("x", Style::red, false) == "x");
  CHECK(styled("x", Style::red, true) == "\x1b[31mx\x1b[0m");
}
