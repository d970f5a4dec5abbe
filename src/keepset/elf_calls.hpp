// SPDX-License-Identifier: Apache-2.0
// Which system calls machine code makes without a C library's help.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>

namespace slim::keepset {

// How a compiler hands the number of a call to a function that makes it.
struct NumberPassing {
  bool as_first = false;  // Go: in the register that the call takes it in, or on top of the stack
  bool as_other = false;  // C: in the register of the first argument, or as the seventh, on the stack
};

// Adds the numbers of all calls that x86-64 code can make, and some that it cannot: constants that are
// loaded near an instruction that makes a call, or for a function that may have one. What code works
// out by adding, or is told from outside, is not found.
void find_call_numbers(std::string_view code, NumberPassing passing, std::set<uint32_t>& found);

}  // namespace slim::keepset
