// SPDX-License-Identifier: Apache-2.0
#include "trace/ebpf/call_table.hpp"

#include <seccomp.h>

#include <string>
#include <string_view>

#include "slim/trace/argument_calls.hpp"
#include "trace/path_calls.hpp"
#include "trace/syscall_names.hpp"

namespace slim::trace {
namespace {

constexpr unsigned kX32Bit = 0x40000000;

// The path is relative to something that the call itself changes or closes.
constexpr std::array kBaseAtEntry = {"chdir", "chroot", "execveat"};

// In these the kernel asks for CAP_SYS_ADMIN only to know whether the last 3 % of memory may be
// used (security/commoncap.c, cap_vm_enough_memory), which is no use of the capability.
constexpr std::array kMemoryCalls = {
    "brk",      "mmap",     "mmap2",     "mprotect",  "pkey_mprotect",    "mremap",
    "fork",     "vfork",    "execve",    "execveat",  "remap_file_pages", "shmget",
    "shmat",    "munmap",   "madvise",   "mlock",     "mlockall",         "mlock2",
    "write",    "pwrite64", "writev",    "pwritev",   "pwritev2",         "fallocate",
    "ftruncate", "truncate", "sendfile", "sendfile64", "splice",          "copy_file_range",
    "memfd_create", "io_setup", "read",  "pread64",   "readv",            "preadv",
    "map_shadow_stack",
};

uint8_t kind_of(CallKind kind) {
  switch (kind) {
    case CallKind::none: return SLIM_CALL_NONE;
    case CallKind::open: return SLIM_CALL_OPEN;
    case CallKind::open_how: return SLIM_CALL_OPEN_HOW;
    case CallKind::lookup: return SLIM_CALL_LOOKUP;
    case CallKind::access: return SLIM_CALL_ACCESS;
    case CallKind::exec: return SLIM_CALL_EXEC;
    case CallKind::list: return SLIM_CALL_LIST;
    case CallKind::map: return SLIM_CALL_MAP;
    case CallKind::bind: return SLIM_CALL_BIND;
    case CallKind::connect: return SLIM_CALL_CONNECT;
    case CallKind::accept: return SLIM_CALL_ACCEPT;
    case CallKind::listen: return SLIM_CALL_LISTEN;
    case CallKind::send_to: return SLIM_CALL_SEND_TO;
    case CallKind::send_msg: return SLIM_CALL_SEND_MSG;
    case CallKind::send_mmsg: return SLIM_CALL_SEND_MMSG;
    case CallKind::socketcall: return SLIM_CALL_SOCKETCALL;
    case CallKind::write: return SLIM_CALL_WRITE;
    case CallKind::write_vector: return SLIM_CALL_WRITE_VECTOR;
  }
  return SLIM_CALL_NONE;
}

slim_call* entry_of(BpfCallTable& table, unsigned abi, uint32_t arch, const std::string& name) {
  const auto number = syscall_number(arch, name);
  if (!number) return nullptr;
  const unsigned index = static_cast<unsigned>(*number) & ~kX32Bit;
  return index < SLIM_MAX_CALLS ? &table[abi][index] : nullptr;
}

void fill_abi(BpfCallTable& table, unsigned abi, uint32_t arch) {
  for (auto& entry : table[abi])
    entry = {.kind = SLIM_CALL_NONE,
             .path = -1,
             .directory = -1,
             .flags = -1,
             .fd = -1,
             .second_path = -1,
             .second_directory = -1,
             .bits = 0};
  for (const auto& general : path_calls()) {
    const PathCall call = on_architecture(general, arch);
    auto* entry = entry_of(table, abi, arch, std::string(call.name));
    if (!entry || call.kind == CallKind::none) continue;
    entry->kind = kind_of(call.kind);
    entry->path = call.path_arg;
    entry->directory = call.directory_arg;
    entry->flags = call.flags_arg;
    entry->fd = call.fd_arg;
    entry->second_path = call.second_path_arg;
    entry->second_directory = call.second_directory_arg;
  }
  const auto mark = [&](const std::string& name, int bit) {
    if (auto* entry = entry_of(table, abi, arch, name))
      entry->bits = static_cast<uint8_t>(entry->bits | bit);
  };
  for (const char* name : kBaseAtEntry) mark(name, SLIM_BASE_AT_ENTRY);
  for (const char* name : kMemoryCalls) mark(name, SLIM_MEMORY_CALL);
  mark("clone", SLIM_MEMORY_CALL | SLIM_CLONE_CALL);
  mark("clone3", SLIM_MEMORY_CALL | SLIM_CLONE3_CALL);
  for (const auto& call : argument_calls()) {
    auto* entry = entry_of(table, abi, arch, std::string(call.name));
    if (!entry) continue;
    entry->bits = static_cast<uint8_t>(entry->bits | SLIM_ARGUMENTS);
    entry->flags = static_cast<int8_t>(call.first);
    entry->fd = static_cast<int8_t>(call.count);
  }
}

}  // namespace

std::optional<uint32_t> arch_of_abi(unsigned abi) {
  const uint32_t native = native_arch();
  if (abi == SLIM_ABI_NATIVE) return native;
  if (native == SCMP_ARCH_X86_64) return abi == SLIM_ABI_COMPAT ? SCMP_ARCH_X86 : SCMP_ARCH_X32;
  if (native == SCMP_ARCH_AARCH64 && abi == SLIM_ABI_COMPAT) return SCMP_ARCH_ARM;
  return std::nullopt;
}

void fill_call_table(BpfCallTable& table) {
  for (unsigned abi = 0; abi < SLIM_ABIS; ++abi)
    if (const auto arch = arch_of_abi(abi)) fill_abi(table, abi, *arch);
}

}  // namespace slim::trace
