// SPDX-License-Identifier: Apache-2.0
#include "trace/path_calls.hpp"

#include <seccomp.h>
#include <catch2/catch.hpp>

#include <set>
#include <vector>

#include "trace/syscall_names.hpp"

using namespace slim::trace;

namespace {
const PathCall& call(std::string_view name) {
  for (const auto& entry : path_calls())
    if (entry.name == name) return entry;
  FAIL("no entry for " << name);
  throw 0;
}
}  // namespace

TEST_CASE("every entry is a call of some architecture, listed once, with sane arguments") {
  std::set<std::string_view> names;
  for (const auto& entry : path_calls()) {
    INFO(entry.name);
    CHECK(names.insert(entry.name).second);
    CHECK(entry.kind != CallKind::none);
    bool exists = false;
    for (const uint32_t arch :
         std::vector<uint32_t>{SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM})
      exists |= syscall_number(arch, std::string(entry.name)).has_value();
    CHECK(exists);
    for (const int argument : {entry.path_arg, entry.directory_arg, entry.flags_arg, entry.fd_arg,
                               entry.second_path_arg, entry.second_directory_arg})
      CHECK((argument >= -1 && argument < 6));
    if (entry.kind == CallKind::lookup) CHECK(entry.path_arg >= 0);
  }
}

TEST_CASE("arguments are where the manual pages say") {
  CHECK(call("openat").path_arg == 1);
  CHECK(call("openat").directory_arg == 0);
  CHECK(call("openat").flags_arg == 2);
  CHECK(call("symlinkat").path_arg == 2);
  CHECK(call("symlinkat").directory_arg == 1);
  CHECK(call("renameat2").second_path_arg == 3);
  CHECK(call("renameat2").second_directory_arg == 2);
  CHECK(call("inotify_add_watch").path_arg == 1);
  CHECK(call("mmap").fd_arg == 4);
  CHECK(call("sendto").path_arg == 4);
  CHECK(call("file_getattr").flags_arg == 4);
}

TEST_CASE("64-bit arguments shift what follows on 32-bit architectures") {
  CHECK(on_architecture(call("fanotify_mark"), SCMP_ARCH_X86_64).path_arg == 4);
  CHECK(on_architecture(call("fanotify_mark"), SCMP_ARCH_X86).path_arg == 5);
  CHECK(on_architecture(call("fanotify_mark"), SCMP_ARCH_X86).directory_arg == 4);
  CHECK(on_architecture(call("mmap"), SCMP_ARCH_X86).kind == CallKind::none);
  CHECK(on_architecture(call("mmap2"), SCMP_ARCH_X86).kind == CallKind::map);
}

TEST_CASE("names and numbers agree with the kernel's tables") {
  CHECK(syscall_number(SCMP_ARCH_X86_64, "openat") == 257);
  CHECK(syscall_number(SCMP_ARCH_X86, "connect") == 362);
  CHECK(syscall_number(SCMP_ARCH_X86, "oldstat") == 18);
  CHECK(syscall_number(SCMP_ARCH_AARCH64, "openat") == 56);
  CHECK_FALSE(syscall_number(SCMP_ARCH_AARCH64, "open"));
  CHECK_FALSE(syscall_number(SCMP_ARCH_X86_64, "no_such_call"));
  CHECK(syscall_number(SCMP_ARCH_X86_64, "file_getattr") == 468);
  CHECK(syscall_name(SCMP_ARCH_X86, 362) == "connect");
  CHECK(syscall_name(SCMP_ARCH_X86_64, 468) == "file_getattr");
  CHECK(syscall_name(SCMP_ARCH_X32, 0x40000000) == "read");
  CHECK(syscall_name(SCMP_ARCH_X86_64, 3999) == "#3999");
  for (const uint32_t arch :
       std::vector<uint32_t>{SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32, SCMP_ARCH_AARCH64})
    CHECK(arch_of_name(arch_name(arch)) == arch);
}
