// SPDX-License-Identifier: Apache-2.0
// The one table of system calls that take paths or descriptors slim cares about. It drives both
// engines: which argument is a path, which one the directory it is relative to, and what a
// successful call means.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace slim::trace {

enum class CallKind : uint8_t {
  none,
  open,      // returns a descriptor of the file; flags argument (none: creat) or open_how
  open_how,  // openat2: flags are in the struct open_how that `flags_arg` points to
  lookup,    // only names a path
  access,    // the same, and asks for rights to it; flags_arg is which (R_OK, W_OK, X_OK)
  exec,      // execve, execveat: success is seen as an exec event, failure as a lookup
  list,      // getdents: path_arg is -1, fd_arg is the directory
  map,       // mmap: fd_arg; flags_arg has MAP_ANONYMOUS when fd_arg means nothing
  bind,      // socket calls: fd_arg, sockaddr in path_arg (AF_UNIX), kernel has the truth
  connect,
  accept,  // result is the connected descriptor
  listen,
  send_to,     // sendto: a sockaddr in path_arg is a connect without connect
  socketcall,  // i386 multiplexer: call number in flags_arg, pointer to 32-bit arguments in
               // path_arg
  send_msg,    // sendmsg: path_arg points to a struct msghdr
  send_mmsg,   // sendmmsg: path_arg points to an array of struct mmsghdr
  write,         // only to a socket that is connected to a name server
  write_vector,  // the same with an array of struct iovec
};

struct PathCall {
  std::string_view name;
  CallKind kind = CallKind::none;
  int8_t path_arg = -1;         // index of a `const char*`; -1 none. A null pointer names nothing.
  int8_t directory_arg = -1;    // index of its dirfd; -1: relative to the working directory
  int8_t flags_arg = -1;        // open flags or AT_* flags; -1 none
  int8_t fd_arg = -1;           // a descriptor the call works on
  int8_t second_path_arg = -1;  // rename, link
  int8_t second_directory_arg = -1;
};

// By libseccomp's names; calls an architecture does not have resolve to no number there.
std::span<const PathCall> path_calls();

// The entry as it holds on one architecture (SCMP_ARCH_*): 64-bit arguments take two registers on
// 32-bit ones, and the i386 mmap(2) has its arguments in memory. kind none: nothing to look at.
PathCall on_architecture(const PathCall& call, uint32_t scmp_arch);

}  // namespace slim::trace
