// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "slim/base/text.hpp"
#include "slim/policy/seccomp.hpp"

namespace slim::policy {
namespace {

// Sorted within each line; each line is one thing that is guarded.
constexpr std::string_view kSafeguards[] = {
    // what was written reaches the disk, and whole
    "fdatasync", "fsync", "msync", "rename", "renameat", "renameat2", "sync", "sync_file_range",
    "syncfs",
    // two do not write at once
    "flock",
    // memory, descriptors, files and processes are given back
    "close", "close_range", "exit", "exit_group", "madvise", "munmap", "rmdir", "unlink", "unlinkat",
    "wait4", "waitid",
    // privileges are given up
    "capset", "prctl", "seccomp", "setfsgid", "setfsuid", "setgid", "setgroups", "setregid",
    "setresgid", "setresuid", "setreuid", "setuid",
    // access is restricted
    "chmod", "chown", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "lchown",
    "landlock_restrict_self", "mprotect", "prlimit64", "setrlimit", "umask",
    // signals arrive, and are waited for
    "kill", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "tgkill", "tkill",
    // what cannot be guessed
    "getrandom"};

}  // namespace

bool is_safeguard(const std::string& call) {
  return is_one_of(call, kSafeguards);
}

}  // namespace slim::policy
