// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "keepset/elf_calls.hpp"

using slim::keepset::find_call_numbers;
using slim::keepset::NumberPassing;

namespace {

using Numbers = std::set<uint32_t>;

Numbers numbers(const std::string& code, NumberPassing passing = {}) {
  Numbers found;
  find_call_numbers(code, passing, found);
  return found;
}

std::string with(const std::string& opcode, char low, char high = 0) {
  return opcode + low + high + std::string(2, '\0');
}

const std::string kSyscall = "\x0f\x05", kCall = "\xe8", kJump = "\xe9";

}  // namespace

TEST_CASE("numbers are constants near calls", "[elf]") {
  CHECK(numbers(with("\xb8", 0x27) + kSyscall) == Numbers{39});
  CHECK(numbers(with("\x41\xb9", 0x3e, 1) + "\x44\x89\xc8" + kSyscall) == Numbers{318});
  CHECK(numbers(kSyscall + std::string(900, '\x90') + with("\xbe", 0x0c)) == Numbers{12});
  CHECK(numbers(kSyscall + std::string(1100, '\x90') + with("\xbe", 0x0c)).empty());
  CHECK(numbers(with("\xb8", 0x27)).empty());
  CHECK(numbers(with("\xb8", 0x27, 4) + kSyscall).empty());  // no call has such a number
  CHECK(numbers("\xb0\x38" + kSyscall) == Numbers{56});
  CHECK(numbers("\x6a\x0f\x58" + kSyscall) == Numbers{15});
  CHECK(numbers(with("\x48\xc7\xc0", '\xe4')) == Numbers{228});
}

TEST_CASE("numbers are passed to functions as their compilers do", "[elf]") {
  const NumberPassing first{true, false}, other{false, true};
  CHECK(numbers(with("\xb8", 0x66) + kCall, first) == Numbers{102});
  CHECK(numbers(with("\xb8", 0x66) + kJump, first).empty());
  CHECK(numbers(with("\xb8", 0x66) + kCall, other).empty());
  CHECK(numbers(with("\xb8", 0x66) + std::string(64, '\x90') + kCall, first).empty());
  CHECK(numbers(with("\x48\xc7\x04\x24", 0x66), first) == Numbers{102});
  CHECK(numbers(with("\x48\xc7\x04\x24", 0x66), other).empty());
  CHECK(numbers(with("\xbf", 0x66) + kCall, other) == Numbers{102});
  CHECK(numbers(with("\xbf", 0x66) + kJump, other) == Numbers{102});
  CHECK(numbers(with("\xbf", 0x66) + kCall, first).empty());
  CHECK(numbers("\x6a\x07" + kCall, other) == Numbers{7});
  CHECK(numbers("\x6a\x07" + kCall, first).empty());
  CHECK(numbers(with("\x68", 0x20, 1) + kCall, other) == Numbers{288});
  CHECK(numbers(with("\x68", 0x20, 1), other).empty());
}

TEST_CASE("code that ends early is read no further", "[elf]") {
  const std::string whole = "\x48\xc7\x04\x24" + with("", 0x66) + with("\x68", 7) + "\xb8\x6a";
  for (size_t size = 0; size <= whole.size(); ++size)
    CHECK(numbers(whole.substr(0, size), {true, true}).size() <= 2);
}
