// SPDX-License-Identifier: Apache-2.0
#include "trace/dns_questions.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace slim::trace {
namespace {

constexpr size_t kHeader = 12;
constexpr size_t kMostName = 255;   // with its lengths: section 2.3.4
constexpr uint8_t kMostLabel = 63;  // the two bits above mark compression pointers
constexpr unsigned kMostQuestions = 8;  // servers answer one; more are no query of a resolver's

using Questions = std::vector<DnsQuestion>;

uint8_t byte_at(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }
uint16_t word_at(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

// IANA, "Resource Record (RR) TYPEs".
std::string type_name(uint16_t type) {
  constexpr std::array kTypes = {
      std::pair{1, "A"},    std::pair{2, "NS"},    std::pair{5, "CNAME"}, std::pair{6, "SOA"},
      std::pair{12, "PTR"}, std::pair{15, "MX"},   std::pair{16, "TXT"},  std::pair{28, "AAAA"},
      std::pair{33, "SRV"}, std::pair{35, "NAPTR"}, std::pair{64, "SVCB"}, std::pair{65, "HTTPS"},
      std::pair{255, "ANY"},
  };
  for (const auto& [number, name] : kTypes)
    if (number == type) return name;
  return "TYPE" + std::to_string(type);
}

void add_character(std::string& name, uint8_t c) {
  if (c <= ' ' || c >= 0x7f) {
    name += '\\';
    for (const int digit : {c / 100, c / 10 % 10, c % 10}) name += static_cast<char>('0' + digit);
    return;
  }
  if (c == '.' || c == '\\') name += '\\';
  name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

// Moves `at` behind the name. There is nothing before a question that it could point back to, so a
// pointer is malformed.
std::optional<std::string> read_name(std::string_view message, size_t& at) {
  std::string name;
  const size_t begin = at;
  while (at < message.size()) {
    const uint8_t length = byte_at(message, at++);
    if (length == 0) return name.empty() ? "." : name;
    if (length > kMostLabel || length > message.size() - at) return std::nullopt;
    if (at + length - begin >= kMostName) return std::nullopt;
    if (!name.empty()) name += '.';
    for (size_t i = 0; i < length; ++i) add_character(name, byte_at(message, at + i));
    at += length;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Questions> dns_questions(std::string_view message) {
  if (message.size() < kHeader) return std::nullopt;
  // QR, then four bits of OPCODE: 0 is a standard query.
  if (byte_at(message, 2) >> 3 != 0) return Questions{};
  const unsigned count = word_at(message, 4);
  if (count == 0 || count > kMostQuestions) return std::nullopt;
  Questions questions;
  size_t at = kHeader;
  for (unsigned i = 0; i < count; ++i) {
    auto name = read_name(message, at);
    if (!name || message.size() - at < 4) return std::nullopt;
    questions.push_back({std::move(*name), type_name(word_at(message, at))});
    at += 4;  // type and class
  }
  return questions;
}

std::optional<Questions> dns_questions_of_stream(std::string_view bytes) {
  Questions all;
  std::string_view rest = bytes;
  while (rest.size() >= 2) {
    const size_t length = word_at(rest, 0);
    if (length == 0 || (rest.size() > 2 && length > rest.size() - 2)) break;
    if (rest.size() == 2) return all;
    auto questions = dns_questions(rest.substr(2, length));
    if (!questions) break;
    for (auto& question : *questions) all.push_back(std::move(question));
    rest.remove_prefix(2 + length);
  }
  if (rest.empty()) return all;
  if (rest.size() < bytes.size() || rest.size() == 1) return std::nullopt;
  // The length was written before, or the message is cut. Only one of the two readings makes sense.
  for (const auto& message : {bytes, bytes.substr(2)})
    if (auto questions = dns_questions(message); questions && !questions->empty())
      return questions;
  return std::nullopt;
}

}  // namespace slim::trace
