// SPDX-License-Identifier: Apache-2.0
// Looking into a stopped tracee: its memory, and its files as the container has them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"

namespace slim::trace {

struct RemoteString {
  enum class State { ok, null, too_long, unreadable };
  State state = State::null;
  std::string text;  // when ok
};
// A NUL-terminated path of at most PATH_MAX bytes.
RemoteString read_remote_string(pid_t tid, uint64_t address);
bool read_remote(pid_t tid, uint64_t address, void* into, size_t size);
// Nothing when the task is gone.
std::optional<uint32_t> effective_user(pid_t tid);

// An open file, executable or directory of a tracee.
struct RemoteFile {
  // From the container's root. For a file of its root file system seen through a bind mount, this
  // is where the image has it.
  std::string path;
  bool on_rootfs = false;
  bool deleted = false;   // it has no name any more; `path` is what it was
  bool too_long = false;  // the kernel cannot say the path
};

// What kind of link in /proc/TID.
struct RemoteLink {
  static std::string fd(int number) { return "fd/" + std::to_string(number); }
  static constexpr const char* kWorkingDirectory = "cwd";
  static constexpr const char* kRoot = "root";
  static constexpr const char* kExecutable = "exe";
};

// Files of the container. The kernel prints paths from the top of the mount namespace when that is
// not the reader's own, so they are the container's own paths after pivot_root(2), whatever chroot
// the tracee is in; a runtime that only changes root leaves a prefix, which is taken off here.
class ContainerFiles {
 public:
  // `init`: the container's first process, its root being final.
  static Result<ContainerFiles> of(pid_t init);

  // Nothing when it is not in the file tree: sockets, pipes, memfds.
  std::optional<RemoteFile> file(pid_t tid, const std::string& link);
  // The path alone, for directories that other paths are relative to.
  std::optional<std::string> path(pid_t tid, const std::string& link) const;
  // Follows `path` (relative to `base`) in the tracee's root as the kernel would.
  bool exists(pid_t tid, const std::string& base, const std::string& path) const;
  // Opened with O_PATH for looking at; invalid when there is none.
  Fd open(pid_t tid, const std::string& base, const std::string& path, int flags) const;
  // The same as file(), for a descriptor of this process that open() gave.
  std::optional<RemoteFile> file(pid_t tid, const Fd& fd);

  // To be called when mounts may have changed.
  void forget_mounts() { mounts_.clear(); }

 private:
  // A line of /proc/PID/mountinfo: proc(5).
  struct Mount {
    uint64_t device = 0;
    std::string root;   // the directory of the file system that is mounted
    std::string point;  // where, from the root of the process whose mountinfo it is
  };
  using Mounts = std::map<uint64_t, Mount>;  // by mount id

  ContainerFiles() = default;
  static Mounts read_mounts(pid_t tid);
  std::string without_prefix(std::string path) const;
  std::optional<RemoteFile> describe(pid_t tid, const std::string& link_path);
  const Mount* mount(pid_t tid, uint64_t mount_id);
  void place(RemoteFile& file, const Mount& mount) const;

  pid_t init_ = -1;
  std::string prefix_;  // of the container's root, "" after pivot_root
  Mount root_;
  uint64_t root_id_ = 0;
  Mounts mounts_;
};

}  // namespace slim::trace
