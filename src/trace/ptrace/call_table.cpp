// SPDX-License-Identifier: Apache-2.0
#include "trace/ptrace/call_table.hpp"

#include <seccomp.h>
#include <sys/ptrace.h>

#include <string>

#include "trace/syscall_names.hpp"

namespace slim::trace {
namespace {

constexpr int kX32Bit = 0x40000000;

std::vector<uint32_t> architectures_of_machine() {
  const uint32_t native = native_arch();
  if (native == SCMP_ARCH_X86_64) return {native, SCMP_ARCH_X86, SCMP_ARCH_X32};
  if (native == SCMP_ARCH_AARCH64) return {native, SCMP_ARCH_ARM};
  return {native};
}

}  // namespace

bool StoppedCall::is_32_bit() const {
  return arch == SCMP_ARCH_X86 || arch == SCMP_ARCH_ARM || arch == SCMP_ARCH_X32;
}

std::optional<StoppedCall> StoppedCall::of(pid_t tid) {
  __ptrace_syscall_info info{};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0) return std::nullopt;
  if (info.op != PTRACE_SYSCALL_INFO_SECCOMP && info.op != PTRACE_SYSCALL_INFO_ENTRY)
    return std::nullopt;
  // Both begin alike, with number and arguments.
  static_assert(offsetof(__ptrace_syscall_info, seccomp.args) ==
                offsetof(__ptrace_syscall_info, entry.args));
  StoppedCall call;
  call.arch = info.arch;
  call.number = static_cast<int>(info.seccomp.nr);
  // The kernel has one AUDIT_ARCH for both ABIs of x86-64; libseccomp tells them apart.
  if (call.arch == SCMP_ARCH_X86_64 && (call.number & kX32Bit)) call.arch = SCMP_ARCH_X32;
  for (size_t i = 0; i < call.args.size(); ++i) call.args[i] = info.seccomp.args[i];
  return call;
}

CallTable::CallTable() {
  for (const uint32_t token : architectures_of_machine()) {
    Architecture architecture{token, {}};
    auto entry = [&](const std::string& name) -> WatchedCall* {
      const auto number = syscall_number(token, name);
      if (!number) return nullptr;
      const auto index = static_cast<size_t>(*number & ~kX32Bit);
      if (index >= architecture.calls.size()) architecture.calls.resize(index + 1);
      return &architecture.calls[index];
    };
    for (const auto& call : path_calls())
      if (auto* watched = entry(std::string(call.name)))
        watched->call = on_architecture(call, token);
    for (const auto& call : argument_calls())
      if (auto* watched = entry(std::string(call.name))) watched->arguments = &call;
    for (const char* name : {"chroot", "pivot_root", "setns", "unshare", "move_mount", "mount"})
      if (auto* watched = entry(name)) watched->changes_root = true;
    for (const char* name : {"mount", "umount", "umount2", "move_mount", "setns", "unshare",
                             "pivot_root", "fsmount", "open_tree", "open_tree_attr"})
      if (auto* watched = entry(name)) watched->changes_mounts = true;
    if (auto* watched = entry("sched_getaffinity")) watched->asks_processors = true;
    if (auto* watched = entry("sched_setaffinity")) watched->sets_processors = true;
    if (auto* watched = entry("io_uring_setup")) watched->is_io_uring_setup = true;
    architectures_.push_back(std::move(architecture));
  }
}

const WatchedCall& CallTable::find(const StoppedCall& call) const {
  for (const auto& architecture : architectures_) {
    if (architecture.token != call.arch) continue;
    const auto index = static_cast<size_t>(call.number & ~kX32Bit);
    return index < architecture.calls.size() ? architecture.calls[index] : unwatched_;
  }
  return unwatched_;
}

}  // namespace slim::trace
