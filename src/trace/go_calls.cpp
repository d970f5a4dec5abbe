// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/go_calls.hpp"

#include <algorithm>

#include "slim/base/text.hpp"

namespace slim::trace {
namespace {

// Of packages that lead to calls, with whose names a function's begins in the table.
constexpr std::string_view kPackages[] = {"syscall.", "internal/syscall/unix.", "golang.org/x/sys/unix.",
                                          "internal/poll.", "net.", "os."};
constexpr size_t kLongestName = 64;

// Packages that have a function each for calls: named like the call or with a capital, and without "64".
constexpr std::string_view kOfCalls[] = {"syscall.", "internal/syscall/unix.",
                                         "golang.org/x/sys/unix."};

struct Functions {
  std::string_view functions, calls;
};
constexpr Functions kFunctions[] = {
    {"Access Faccessat faccessat", "faccessat"},
    {"Chdir", "chdir"},
    {"Chmod Fchmodat fchmodat", "fchmodat"},
    {"Chown Lchown Fchownat fchownat", "fchownat"},
    {"Eventfd", "eventfd2"},
    {"Fallocate", "fallocate"},
    {"Fdatasync", "fdatasync"},
    {"Flock", "flock"},
    {"Fstatfs", "fstatfs"},
    {"Getcwd", "getcwd"},
    {"Getdents", "getdents64"},
    {"Getgroups", "getgroups"},
    {"Getpriority", "getpriority"},
    {"Getrusage", "getrusage"},
    {"Getxattr Lgetxattr", "getxattr lgetxattr"},
    {"InotifyInit InotifyInit1", "inotify_init1"},
    {"InotifyAddWatch", "inotify_add_watch"},
    {"InotifyRmWatch", "inotify_rm_watch"},
    {"Kill", "kill"},
    {"Link Linkat linkat", "linkat"},
    {"Listxattr Llistxattr", "listxattr llistxattr"},
    {"Madvise", "madvise"},
    {"MemfdCreate", "memfd_create"},
    {"Mkdirat", "mkdirat"},
    {"Mkfifo Mknod Mknodat", "mknodat"},
    {"Mlock", "mlock"},
    {"Mmap", "munmap"},
    {"Mprotect", "mprotect"},
    {"Mremap", "mremap"},
    {"Msync", "msync"},
    {"Munlock", "munlock"},
    {"Pread pread", "pread64"},
    {"Preadv preadv", "preadv"},
    {"Pwritev pwritev", "pwritev"},
    {"Readlink Readlinkat readlinkat", "readlinkat"},
    {"Rename Renameat renameat", "renameat"},
    {"Renameat2 renameat2", "renameat2"},
    {"Seek", "lseek"},
    {"Setpgid", "setpgid"},
    {"Setsid", "setsid"},
    {"Socketpair socketpair", "socketpair"},
    {"Splice", "splice"},
    {"Statfs", "statfs"},
    {"Statx", "statx"},
    {"Symlink Symlinkat symlinkat", "symlinkat"},
    {"Sync", "sync"},
    {"SyncFileRange", "sync_file_range"},
    {"Syncfs", "syncfs"},
    {"Sysinfo", "sysinfo"},
    {"Truncate", "truncate"},
    {"Umask umask", "umask"},
    {"Unlink Rmdir Unlinkat unlinkat", "unlinkat"},
    {"UtimesNano UtimesNanoAt utimensat", "utimensat"},
    {"Wait4 wait4", "wait4"},
    {"forkExec", "clone dup2 dup3 execve kill pipe2 rt_sigprocmask wait4 waitid"},
    {"sendfile Sendfile", "sendfile"},
};

// Of other packages.
constexpr Functions kOthers[] = {
    {"net.ListenPacket net.ListenUDP", "bind recvfrom recvmsg sendmsg sendto"},
    {"net.(*Buffers).WriteTo", "writev"},
    {"net.(*TCPConn).CloseWrite", "shutdown"},
    {"os.Pipe", "pipe2"},
    // Any program has what does this to an open file: who makes files of its own has a use for it.
    {"os.Create os.Mkdir os.MkdirAll os.Rename os.WriteFile", "fchmod fsync ftruncate pwrite64"},
};

void add(std::set<std::string>& calls, std::string_view list) {
  for (const std::string_view call : fields_of(list, ' ')) calls.emplace(call);
}

}  // namespace

std::set<std::string> go_functions_of(std::string_view program) {
  std::set<std::string> found;
  for (const std::string_view package : kPackages) {
    for (size_t at = program.find(package); at != std::string_view::npos;
         at = program.find(package, at + 1)) {
      const std::string_view name = program.substr(at, kLongestName);
      const size_t end = name.find('\0');
      // Others' names are in between: "vendor/golang.org/x/sys/unix.", "os." of "pkg/chaos.".
      const bool begins = at == 0 || program[at - 1] == '\0' || program[at - 1] == '/';
      if (begins && end != std::string_view::npos) found.emplace(name.substr(0, end));
    }
  }
  return found;
}

std::set<std::string> calls_of_go(const std::set<std::string>& functions) {
  std::set<std::string> calls;
  const auto has = [&](std::string_view package, std::string_view name) {
    return functions.contains(std::string(package) + std::string(name));
  };
  for (const Functions& row : kFunctions) {
    const auto names = fields_of(row.functions, ' ');
    const bool linked = std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return std::any_of(std::begin(kOfCalls), std::end(kOfCalls),
                         [&](std::string_view package) { return has(package, name); });
    });
    if (linked) add(calls, row.calls);
  }
  for (const Functions& row : kOthers) {
    const auto names = fields_of(row.functions, ' ');
    if (std::any_of(names.begin(), names.end(), [&](std::string_view name) { return has({}, name); }))
      add(calls, row.calls);
  }
  return calls;
}

}  // namespace slim::trace
