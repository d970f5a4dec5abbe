// SPDX-License-Identifier: Apache-2.0
#include "keepset/elf_calls.hpp"

#include <algorithm>
#include <vector>

namespace slim::keepset {
namespace {

constexpr std::string_view kSyscall = "\x0f\x05";
constexpr uint32_t kLargestNumber = 1023;
// Compilers load a number once for several calls, in the same function.
constexpr size_t kFunction = 1024;
constexpr size_t kArguments = 64;
constexpr size_t kSeventh = 20;  // is pushed last, or nearly so
constexpr size_t kAssembly = 48;

constexpr uint8_t kCall = 0xe8, kJump = 0xe9, kShortJump = 0xeb;
constexpr uint8_t kToAl = 0xb0, kToEax = 0xb8, kToEdi = 0xbf;  // mov, with one to four bytes
constexpr uint8_t kPush = 0x6a;

class Code {
 public:
  Code(std::string_view bytes, std::set<uint32_t>& found) : bytes_(bytes), found_(found) {
    for (size_t at = bytes.find(kSyscall); at != std::string_view::npos;
         at = bytes.find(kSyscall, at + 1))
      calls_.push_back(at);
  }

  uint8_t at(size_t place) const { return static_cast<uint8_t>(bytes_[place]); }

  bool has(size_t place, std::string_view bytes) const {
    return place + bytes.size() <= bytes_.size() && bytes_.substr(place, bytes.size()) == bytes;
  }

  // The four bytes there, if they can be a call's number.
  bool is_number(size_t place) const {
    return place + 4 <= bytes_.size() && at(place + 3) == 0 && at(place + 2) == 0 &&
           at(place + 1) <= kLargestNumber >> 8;
  }

  void add(size_t place) { found_.insert(at(place) | static_cast<uint32_t>(at(place + 1)) << 8); }
  void add_byte(size_t place) { found_.insert(at(place)); }

  bool calls_within(size_t place, size_t before, size_t after) const {
    const size_t begin = place > before ? place - before : 0;
    const auto next = std::lower_bound(calls_.begin(), calls_.end(), begin);
    return next != calls_.end() && *next <= place + after;
  }

  bool goes_on(size_t place, size_t length, bool with_jumps) const {
    const std::string_view next = bytes_.substr(std::min(place, bytes_.size()), length);
    return std::any_of(next.begin(), next.end(), [&](char byte) {
      const auto code = static_cast<uint8_t>(byte);
      return code == kCall || (with_jumps && (code == kJump || code == kShortJump));
    });
  }

  size_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  std::vector<size_t> calls_;
  std::set<uint32_t>& found_;
};

// mov of a constant to any register, or of one that is extended to 64 bits.
void look_at_move(Code& code, size_t place, NumberPassing passing) {
  const uint8_t opcode = code.at(place);
  if (opcode < kToEax || opcode > kToEdi || !code.is_number(place + 1)) return;
  const size_t next = place + 5;
  const bool near = code.calls_within(place, kFunction, kFunction);
  const bool first = passing.as_first && opcode == kToEax && code.goes_on(next, kArguments, false);
  const bool other = passing.as_other && opcode == kToEdi && code.goes_on(next, kArguments, true);
  if (near || first || other) code.add(place + 1);
}

void look_at_extended(Code& code, size_t place, NumberPassing passing) {
  if (!code.has(place, "\x48\xc7")) return;
  if (place + 3 > code.size()) return;
  const uint8_t operand = code.size() > place + 2 ? code.at(place + 2) : 0;
  if (operand >= 0xc0 && operand <= 0xc7 && code.is_number(place + 3)) code.add(place + 3);
  const bool on_stack = passing.as_first && code.has(place, "\x48\xc7\x04\x24");
  if (on_stack && code.is_number(place + 4)) code.add(place + 4);
}

void look_at_byte(Code& code, size_t place, NumberPassing passing) {
  if (place + 1 >= code.size()) return;
  const uint8_t opcode = code.at(place);
  if (opcode != kToAl && opcode != kPush) return;
  const bool seventh =
      passing.as_other && opcode == kPush && code.goes_on(place + 2, kSeventh, false);
  if (seventh || code.calls_within(place, 0, kAssembly)) code.add_byte(place + 1);
}

}  // namespace

void find_call_numbers(std::string_view bytes, NumberPassing passing, std::set<uint32_t>& found) {
  Code code(bytes, found);
  for (size_t place = 0; place < bytes.size(); ++place) {
    look_at_move(code, place, passing);
    look_at_extended(code, place, passing);
    look_at_byte(code, place, passing);
    // push of four bytes: the seventh argument's number above 127.
    const bool pushes = passing.as_other && code.at(place) == 0x68 && code.is_number(place + 1);
    if (pushes && code.goes_on(place + 5, kSeventh, false)) code.add(place + 1);
  }
}

}  // namespace slim::keepset
