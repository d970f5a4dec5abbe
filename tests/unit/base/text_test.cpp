// SPDX-License-Identifier: Apache-2.0
#include "slim/base/text.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace slim;
using Views = std::vector<std::string_view>;

TEST_CASE("fields keep what is empty, lines what is before the break") {
  CHECK(fields_of("a::b:", ':') == Views{"a", "", "b", ""});
  CHECK(fields_of("", ':') == Views{""});
  CHECK(lines_of("a\n\nb\r\n") == Views{"a", "", "b\r"});
}

TEST_CASE("white space is trimmed at both ends only") {
  CHECK(trimmed(" \t a b\r\n") == "a b");
  CHECK(trimmed(" \n").empty());
}

TEST_CASE("only ASCII letters have a case") {
  CHECK(upper_case("cap_Net-1\xe4") == "CAP_NET-1\xe4");
  CHECK(lower_case("UDP/\xc4z") == "udp/\xc4z");
}

TEST_CASE("parts are joined, empty ones as well") {
  CHECK(joined(std::vector<std::string>{"", "a", "", "b"}, ", ") == ", a, , b");
  CHECK(joined(std::set<std::string_view>{}, "/").empty());
}
