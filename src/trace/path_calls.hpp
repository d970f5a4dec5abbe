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
  open,        // returns a descriptor of the file; flags argument or open_how
  open_how,    // openat2: flags are in the struct open_how that `flags_arg` points to
  lookup,      // only names a path
  exec,        // execve, execveat: success is seen as an exec event, failure as a lookup
  list,        // getdents: path_arg is -1, fd_arg is the directory
  map,         // mmap: fd_arg
  bind,        // socket calls: fd_arg, sockaddr in path_arg (AF_UNIX), kernel has the truth
  connect,
  accept,      // result is the connected descriptor
  listen,
  send_to,     // sendto, sendmsg with an address: a connect without connect
  socketcall,  // i386 multiplexer
};

struct PathCall {
  std::string_view name;
  CallKind kind = CallKind::none;
  int8_t path_arg = -1;       // index of a `const char*`; -1 none
  int8_t directory_arg = -1;  // index of its dirfd; -1: relative to the working directory
  int8_t flags_arg = -1;      // open flags or AT_* flags; -1 none
  int8_t fd_arg = -1;         // a descriptor the call works on
  int8_t second_path_arg = -1;       // rename, link
  int8_t second_directory_arg = -1;
};

// By libseccomp's names; calls an architecture does not have resolve to a negative number there.
std::span<const PathCall> path_calls();

}  // namespace slim::trace
