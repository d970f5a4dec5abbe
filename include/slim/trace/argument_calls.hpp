// SPDX-License-Identifier: Apache-2.0
// The system calls of which a trace holds argument values besides the name: those where a value
// decides what the call does (a socket's family, an operation's code), so that a seccomp filter has
// something to gain. Never pointers: a filter sees the address, not what is there.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace slim::trace {

struct ArgumentCall {
  std::string_view name;
  uint8_t first = 0;  // index of the first of the arguments
  uint8_t count = 1;  // how many, at most 3
  // The bits of each that matter; the kernel takes the lower 32 of all of them.
  std::array<uint32_t, 3> masks{~0u, ~0u, ~0u};
};

std::span<const ArgumentCall> argument_calls();
// Null for every other call.
const ArgumentCall* argument_call(std::string_view name);

}  // namespace slim::trace
