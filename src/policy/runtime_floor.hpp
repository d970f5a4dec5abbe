// SPDX-License-Identifier: Apache-2.0
// System calls that a profile has to allow although the application never makes them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace slim::policy {

// Bits of FloorCall::runtimes.
inline constexpr uint8_t kRunc = 1;
inline constexpr uint8_t kCrun = 2;

// With noNewPrivileges a runtime installs the filter last, so that few of its calls are under it.
enum class Privileges : uint8_t { any, new_ones };
// Machines on which slim itself runs have Linux 5.11 or newer and a vDSO; a profile may also be used
// where that does not hold.
enum class Machine : uint8_t { any, unlike };

// What an OCI runtime does in the container's process between installing the filter and the
// application's execve.
struct FloorCall {
  std::string_view name;
  uint8_t runtimes;
  Privileges with;            // new_ones: not under noNewPrivileges
  Machine on;                 // unlike: only on machines unlike those that slim runs on
  std::string_view why;       // which of the runtime's actions needs it
  std::string_view versions = {};  // of those runtimes; empty: all since the measured ones, see there
  // What of Trace::reachable has to be true for a refusal to change anything; empty: nothing.
  std::string_view matters_if = {};
};
std::span<const FloorCall> runtime_floor();
// "runc: starts the program", with the versions if they are not all.
std::string floor_reason(const FloorCall& call);

// The values of an argument with which runtimes make a call of the floor, where that is known; a call
// that is allowed for nothing but the runtime is allowed with these only.
struct FloorArgument {
  std::string_view name;
  uint32_t index;
  std::span<const uint32_t> values;
};
std::span<const FloorArgument> floor_arguments();

// What the kernel and the C library do behind the program's back: signal return, restarted calls,
// thread registration, and the vDSO's functions where the vDSO has to give up.
struct HiddenCall {
  std::string_view name;
  Machine on = Machine::any;
};
std::span<const HiddenCall> hidden_calls();

// A newer call and what libraries do instead where the kernel does not have it.
struct Fallback {
  std::string_view newer;
  std::string_view older;
};
std::span<const Fallback> fallbacks();

// Calls that libraries and languages probe for, ready to be told that there is no such call.
std::span<const std::string_view> probed_calls();

}  // namespace slim::policy
