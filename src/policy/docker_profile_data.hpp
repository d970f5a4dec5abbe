// SPDX-License-Identifier: Apache-2.0
// The default seccomp profile of Docker Engine (moby, profiles/seccomp), as data: semantics
// of 20.10 to 25, without io_uring (as moby since 24) and without vsock sockets (as moby since 23).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace slim::policy {

// Allowed to every container, whatever its arguments.
std::span<const std::string_view> docker_plain_calls();

// Allowed only with a capability.
struct GatedCalls {
  std::string_view capability;
  std::span<const std::string_view> calls;
};
std::span<const GatedCalls> docker_gated_calls();

// Allowed only on one architecture (libseccomp's name).
struct ArchCalls {
  std::string_view architecture;
  std::span<const std::string_view> calls;
};
std::span<const ArchCalls> docker_arch_calls();

// personality(2): PER_LINUX, PER_LINUX32, either with UNAME26, and the query.
inline constexpr uint64_t kPersonalities[] = {0x0, 0x8, 0x20000, 0x20008, 0xffffffff};

// clone(2) flags that make a namespace: NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
inline constexpr uint64_t kNamespaceFlags = 0x7e020000;

inline constexpr uint64_t kFamilyVsock = 40;

}  // namespace slim::policy
