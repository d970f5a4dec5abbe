// SPDX-License-Identifier: Apache-2.0
// System call names and numbers, by libseccomp, keyed by (architecture, number). Where the
// installed libseccomp is older than the kernel, a short table knows the newer calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slim::trace {

// SCMP_ARCH_* of this machine.
uint32_t native_arch();

// "x86_64", "x86", "x32", "aarch64", "arm"; "arch-0x..." for others.
std::string arch_name(uint32_t scmp_arch);
std::optional<uint32_t> arch_of_name(std::string_view name);

// The number the kernel uses; nothing where the architecture has no such call of its own.
std::optional<int> syscall_number(uint32_t scmp_arch, const std::string& name);
// "#123" for a number nobody knows.
std::string syscall_name(uint32_t scmp_arch, int number);

}  // namespace slim::trace
