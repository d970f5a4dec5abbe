// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/argument_calls.hpp"

#include <algorithm>

namespace slim::trace {
namespace {

// SOCK_NONBLOCK and SOCK_CLOEXEC are set beside the type and change nothing about the socket's kind.
constexpr std::array<uint32_t, 3> kSocketMasks = {~0u, 0xf, ~0u};

constexpr std::array kCalls = {
    ArgumentCall{.name = "clone", .first = 0},
    ArgumentCall{.name = "fcntl", .first = 1},
    ArgumentCall{.name = "fcntl64", .first = 1},
    ArgumentCall{.name = "ioctl", .first = 1},
    ArgumentCall{.name = "madvise", .first = 2},
    ArgumentCall{.name = "personality", .first = 0},
    ArgumentCall{.name = "prctl", .first = 0},
    ArgumentCall{.name = "setns", .first = 1},
    ArgumentCall{.name = "socket", .first = 0, .count = 3, .masks = kSocketMasks},
    ArgumentCall{.name = "socketpair", .first = 0, .count = 3, .masks = kSocketMasks},
    ArgumentCall{.name = "unshare", .first = 0},
};

}  // namespace

std::span<const ArgumentCall> argument_calls() { return kCalls; }

const ArgumentCall* argument_call(std::string_view name) {
  const auto found = std::find_if(kCalls.begin(), kCalls.end(),
                                  [&](const ArgumentCall& call) { return call.name == name; });
  return found == kCalls.end() ? nullptr : &*found;
}

}  // namespace slim::trace
