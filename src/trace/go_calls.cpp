// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/go_calls.hpp"

#include "trace/function_calls.hpp"

namespace slim::trace {
namespace {

// Of packages that lead to calls, with whose names a function's begins in the table.
constexpr std::string_view kPackages[] = {"syscall.", "internal/syscall/unix.", "golang.org/x/sys/unix.",
                                          "internal/poll.", "net.", "os."};
constexpr size_t kLongestName = 64;

// Packages that have a function each for calls: named like the call or with a capital, and without "64".
constexpr std::string_view kOfCalls[] = {"syscall.", "internal/syscall/unix.",
                                         "golang.org/x/sys/unix."};

constexpr FunctionCalls kFunctions[] = {
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
constexpr FunctionCalls kOthers[] = {
    {"net.ListenPacket net.ListenUDP", "bind recvfrom recvmsg sendmsg sendto"},
    {"net.(*Buffers).WriteTo", "writev"},
    {"net.(*TCPConn).CloseWrite", "shutdown"},
    {"os.Pipe", "pipe2"},
    // Any program has what does this to an open file: who makes files of its own has a use for it.
    {"os.Create os.Mkdir os.MkdirAll os.Rename os.WriteFile", "fchmod fsync ftruncate pwrite64"},
};

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
  std::set<std::string> of_calls;  // without their packages
  for (const std::string_view name : functions)
    for (const std::string_view package : kOfCalls)
      if (name.starts_with(package)) of_calls.emplace(name.substr(package.size()));
  std::set<std::string> calls;
  add_calls_of(kFunctions, of_calls, calls);
  add_calls_of(kOthers, functions, calls);
  return calls;
}

}  // namespace slim::trace
