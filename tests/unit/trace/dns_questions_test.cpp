// SPDX-License-Identifier: Apache-2.0
// Messages as dig(1) and glibc send them, and what nobody should.
#include <catch2/catch.hpp>

#include "trace/dns_questions.hpp"

using namespace slim::trace;
using namespace std::string_literals;

namespace {

// Number, flags, counts of questions, answers, authorities and additional records.
std::string head(unsigned char flags = 1, unsigned char questions = 1) {
  return "\x12\x34"s + static_cast<char>(flags) + "\0\0"s + static_cast<char>(questions) +
         "\0\0\0\0\0\0"s;
}
std::string label(const std::string& text) {
  return static_cast<char>(text.size()) + text;
}
std::string question(const std::string& labels, unsigned char type = 1) {
  return labels + "\0\0"s + static_cast<char>(type) + "\0\1"s;
}
std::string prefixed(const std::string& message) {
  return static_cast<char>(message.size() >> 8) +
         std::string(1, static_cast<char>(message.size() & 0xff)) + message;
}

const std::string kExample = label("Example") + label("ORG");
using Questions = std::vector<DnsQuestion>;
const Questions kAsked{{"example.org", "A"}};

}  // namespace

TEST_CASE("a query's question is read") {
  CHECK(dns_questions(head() + question(kExample)) == kAsked);
  CHECK(dns_questions(head() + question(kExample, 28)) == Questions{{"example.org", "AAAA"}});
  CHECK(dns_questions(head() + question(kExample, 99)) == Questions{{"example.org", "TYPE99"}});
  CHECK(dns_questions(head() + question("")) == Questions{{".", "A"}});
  CHECK(dns_questions(head(1, 2) + question(kExample) + question(label("b"), 15)) ==
        Questions{{"example.org", "A"}, {"b", "MX"}});
  // What follows the question (EDNS) is nobody's business, even if it is cut.
  CHECK(dns_questions(head() + question(kExample) + "\0\0\x29"s) == kAsked);
}

TEST_CASE("what is not printable in a name is escaped") {
  CHECK(dns_questions(head() + question(label("a.b\\") + label("\x01 \xff\n"s)))->front().name ==
        "a\\.b\\\\.\\001\\032\\255\\010");
}

TEST_CASE("a message that asks nothing has no questions") {
  CHECK(dns_questions(head(0x81) + question(kExample)) == Questions{});  // an answer
  CHECK(dns_questions(head(0x28) + question(kExample)) == Questions{});  // an update
}

TEST_CASE("malformed messages give nothing") {
  const std::string whole = head() + question(kExample);
  for (size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK_FALSE(dns_questions(whole.substr(0, size)));
  }
  CHECK_FALSE(dns_questions(head(1, 0) + question(kExample)));
  CHECK_FALSE(dns_questions(head(1, 255) + question(kExample)));
  // A compression pointer, also one to itself; the two reserved kinds of label.
  CHECK_FALSE(dns_questions(head() + "\xc0\x0c\0\1\0\1"s));
  CHECK_FALSE(dns_questions(head() + label("a") + "\xc0\x0c\0\1\0\1"s));
  CHECK_FALSE(dns_questions(head() + question("\x41"s + std::string(65, 'a'))));
  CHECK_FALSE(dns_questions(head() + question("\x80"s + std::string(128, 'a'))));
  // Longer than the message.
  CHECK_FALSE(dns_questions(head() + "\x3f" + "abc"));
}

TEST_CASE("a name has at most 255 bytes") {
  const std::string most = label(std::string(63, 'a')) + label(std::string(63, 'b')) +
                           label(std::string(63, 'c')) + label(std::string(61, 'd'));
  REQUIRE(most.size() + 1 == 255);
  CHECK(dns_questions(head() + question(most))->front().name.size() == 253);
  CHECK_FALSE(dns_questions(head() + question(most.substr(0, 192) + label(std::string(62, 'd')))));
}

TEST_CASE("over TCP messages have their length in front") {
  const std::string message = head() + question(kExample);
  CHECK(dns_questions_of_stream(prefixed(message)) == kAsked);
  CHECK(dns_questions_of_stream(prefixed(message) + prefixed(head() + question(label("b")))) ==
        Questions{{"example.org", "A"}, {"b", "A"}});
  // Length and message written by a call each.
  CHECK(dns_questions_of_stream(prefixed(message).substr(0, 2)) == Questions{});
  CHECK(dns_questions_of_stream(message) == kAsked);
  // Cut behind the question, and in it.
  CHECK(dns_questions_of_stream(prefixed(message + std::string(600, 'x')).substr(0, 512)) ==
        kAsked);
  CHECK_FALSE(dns_questions_of_stream(prefixed(message).substr(0, 20)));
  CHECK_FALSE(dns_questions_of_stream(prefixed(message) + "\0"s));
  CHECK_FALSE(dns_questions_of_stream("\0\0\0"s));
  CHECK_FALSE(dns_questions_of_stream("\1"));
  CHECK(dns_questions_of_stream("") == Questions{});
}
