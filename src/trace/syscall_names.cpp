// SPDX-License-Identifier: Apache-2.0
#include "trace/syscall_names.hpp"

#include <seccomp.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace slim::trace {
namespace {

struct Named {
  const char* name;
  int number;
};

// Since Linux 5.1 new calls have one number on every architecture. These are newer than the
// libseccomp of current long-term distributions (2.5.4 ends at 452).
constexpr std::array kNewerCalls = {
    Named{"fchmodat2", 452},
    Named{"map_shadow_stack", 453},
    Named{"futex_wake", 454},
    Named{"futex_wait", 455},
    Named{"futex_requeue", 456},
    Named{"statmount", 457},
    Named{"listmount", 458},
    Named{"lsm_get_self_attr", 459},
    Named{"lsm_set_self_attr", 460},
    Named{"lsm_list_modules", 461},
    Named{"mseal", 462},
    Named{"setxattrat", 463},
    Named{"getxattrat", 464},
    Named{"listxattrat", 465},
    Named{"removexattrat", 466},
    Named{"open_tree_attr", 467},
    Named{"file_getattr", 468},
    Named{"file_setattr", 469},
    Named{"cachestat", 451},
    Named{"set_mempolicy_home_node", 450},
};

// libseccomp answers pseudo numbers for the i386 socket calls, because they may also go through
// socketcall(2); these are the direct ones (Linux 4.3).
constexpr std::array kI386Sockets = {
    Named{"socket", 359},      Named{"socketpair", 360}, Named{"bind", 361},
    Named{"connect", 362},     Named{"listen", 363},     Named{"accept4", 364},
    Named{"getsockopt", 365},  Named{"setsockopt", 366}, Named{"getsockname", 367},
    Named{"getpeername", 368}, Named{"sendto", 369},     Named{"sendmsg", 370},
    Named{"recvfrom", 371},    Named{"recvmsg", 372},    Named{"shutdown", 373},
    Named{"recvmmsg", 337},    Named{"sendmmsg", 345},
};

struct Architecture {
  uint32_t token;
  const char* name;
};
constexpr std::array kArchitectures = {
    Architecture{SCMP_ARCH_X86_64, "x86_64"}, Architecture{SCMP_ARCH_X86, "x86"},
    Architecture{SCMP_ARCH_X32, "x32"},       Architecture{SCMP_ARCH_AARCH64, "aarch64"},
    Architecture{SCMP_ARCH_ARM, "arm"},       Architecture{SCMP_ARCH_PPC64LE, "ppc64le"},
    Architecture{SCMP_ARCH_S390X, "s390x"},   Architecture{SCMP_ARCH_RISCV64, "riscv64"},
};

constexpr int kX32Bit = 0x40000000;

}  // namespace

uint32_t native_arch() { return seccomp_arch_native(); }

std::string arch_name(uint32_t scmp_arch) {
  for (const auto& known : kArchitectures)
    if (known.token == scmp_arch) return known.name;
  char text[32];
  std::snprintf(text, sizeof text, "arch-0x%x", scmp_arch);
  return text;
}

std::optional<uint32_t> arch_of_name(std::string_view name) {
  for (const auto& known : kArchitectures)
    if (known.name == name) return known.token;
  return std::nullopt;
}

std::optional<int> syscall_number(uint32_t scmp_arch, const std::string& name) {
  if (scmp_arch == SCMP_ARCH_X86)
    for (const auto& call : kI386Sockets)
      if (call.name == name) return call.number;
  const int number = seccomp_syscall_resolve_name_arch(scmp_arch, name.c_str());
  if (number >= 0) return number;
  for (const auto& call : kNewerCalls)
    if (call.name == name)
      return scmp_arch == SCMP_ARCH_X32 ? (call.number | kX32Bit) : call.number;
  return std::nullopt;
}

std::string syscall_name(uint32_t scmp_arch, int number) {
  if (char* found = seccomp_syscall_resolve_num_arch(scmp_arch, number)) {
    std::string result = found;
    std::free(found);
    return result;
  }
  if (scmp_arch == SCMP_ARCH_X86)
    for (const auto& call : kI386Sockets)
      if (call.number == number) return call.name;
  const int plain = scmp_arch == SCMP_ARCH_X32 ? (number & ~kX32Bit) : number;
  for (const auto& call : kNewerCalls)
    if (call.number == plain) return call.name;
  return "#" + std::to_string(number);
}

}  // namespace slim::trace
