// SPDX-License-Identifier: Apache-2.0
#include "trace/ptrace/remote.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string_view>

#include "slim/base/file.hpp"
#include "slim/base/path.hpp"

namespace slim::trace {
namespace {

constexpr std::string_view kDeleted = " (deleted)";

std::string proc_path(pid_t tid, const std::string& name) {
  return "/proc/" + std::to_string(tid) + "/" + name;
}

struct LinkText {
  std::string text;
  int error = 0;
};
LinkText read_link(const std::string& path) {
  char buffer[PATH_MAX];
  const ssize_t size = ::readlink(path.c_str(), buffer, sizeof buffer);
  if (size < 0) return {{}, errno};
  return {std::string(buffer, static_cast<size_t>(size)), 0};
}

struct MountedFile {
  uint64_t mount_id = 0;
  uint32_t links = 0;
};
std::optional<MountedFile> mounted_file(const std::string& path) {
  struct statx info {};
  // Through the magic link of /proc to the very file, never to one of the same name.
  if (::statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
              STATX_NLINK | STATX_MNT_ID, &info) != 0)
    return std::nullopt;
  return MountedFile{info.stx_mnt_id, info.stx_nlink};
}

// Memory files look like paths: "/memfd:name (deleted)".
bool is_memory_file(std::string_view path) {
  return path.starts_with("/memfd:") || path.starts_with("/SYSV") ||
         path.starts_with("/anon_hugepage") || path == "/dev/zero (deleted)";
}

// Octal escapes of proc(5): "\040" is a space.
std::string unescaped(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                  (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

// `path` without the directory `prefix`, beginning with a slash; nothing when it is not in there.
std::optional<std::string> below(const std::string& path, const std::string& prefix) {
  if (prefix == "/") return path;
  if (!path.starts_with(prefix)) return std::nullopt;
  if (path.size() == prefix.size()) return "/";
  if (path[prefix.size()] != '/') return std::nullopt;
  return path.substr(prefix.size());
}

}  // namespace

bool read_remote(pid_t tid, uint64_t address, void* into, size_t size) {
  iovec local{into, size};
  iovec remote{reinterpret_cast<void*>(address), size};
  return ::process_vm_readv(tid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

RemoteString read_remote_string(pid_t tid, uint64_t address) {
  if (address == 0) return {};
  static const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  char buffer[PATH_MAX];
  size_t have = 0;
  while (have < sizeof buffer) {
    // Never across a page: the next one may not be mapped although the string ends before it.
    const uint64_t at = address + have;
    // Most paths are short: a first small piece saves copying whole pages.
    const size_t piece = std::min<uint64_t>(
        {page - at % page, sizeof buffer - have, have == 0 ? 256u : sizeof buffer});
    iovec local{buffer + have, piece};
    iovec remote{reinterpret_cast<void*>(at), piece};
    const ssize_t got = ::process_vm_readv(tid, &local, 1, &remote, 1, 0);
    if (got <= 0) return {RemoteString::State::unreadable, {}};
    const auto* end = static_cast<char*>(std::memchr(buffer + have, 0, static_cast<size_t>(got)));
    if (end != nullptr)
      return {RemoteString::State::ok, std::string(buffer, static_cast<size_t>(end - buffer))};
    have += static_cast<size_t>(got);
  }
  return {RemoteString::State::too_long, {}};
}

// "Uid:", then the real, effective, saved and file system uid: proc_pid_status(5).
std::optional<uint32_t> effective_user(pid_t tid) {
  const auto status = read_file(proc_path(tid, "status"));
  const size_t line = status ? status->find("\nUid:") : std::string::npos;
  unsigned effective = 0;
  if (line == std::string::npos ||
      std::sscanf(status->c_str() + line, "\nUid: %*u %u", &effective) != 1)
    return std::nullopt;
  return effective;
}

// "36 35 98:0 /root /mnt/point rw,noatime ...": id, parent, device, root, mount point.
ContainerFiles::Mounts ContainerFiles::read_mounts(pid_t tid) {
  Mounts result;
  const auto text = read_file(proc_path(tid, "mountinfo"));
  if (!text) return result;
  std::istringstream lines(*text);
  std::string line, id, parent, device, root, point;
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    unsigned major_number = 0, minor_number = 0;
    if (!(fields >> id >> parent >> device >> root >> point) ||
        std::sscanf(device.c_str(), "%u:%u", &major_number, &minor_number) != 2)
      continue;
    result[std::strtoull(id.c_str(), nullptr, 10)] = {makedev(major_number, minor_number),
                                                      unescaped(root), unescaped(point)};
  }
  return result;
}

Result<ContainerFiles> ContainerFiles::of(pid_t init) {
  ContainerFiles files;
  files.init_ = init;
  const std::string root = proc_path(init, RemoteLink::kRoot);
  const auto link = read_link(root);
  if (link.error != 0) return fail_errno(root, link.error);
  if (link.text != "/") files.prefix_ = link.text;
  const auto mounted = mounted_file(root);
  if (!mounted) return fail_errno(root);
  files.mounts_ = read_mounts(init);
  const auto found = files.mounts_.find(mounted->mount_id);
  if (found == files.mounts_.end())
    return fail(ErrorCode::internal,
                "the mount of the container's root is not in " + proc_path(init, "mountinfo"));
  files.root_ = found->second;
  files.root_id_ = mounted->mount_id;
  return files;
}

std::string ContainerFiles::without_prefix(std::string path) const {
  if (prefix_.empty() || !path.starts_with(prefix_)) return path;
  if (path.size() == prefix_.size()) return "/";
  return path[prefix_.size()] == '/' ? path.substr(prefix_.size()) : path;
}

const ContainerFiles::Mount* ContainerFiles::mount(pid_t tid, uint64_t mount_id) {
  auto found = mounts_.find(mount_id);
  if (found == mounts_.end()) {
    // A mount that came later, or one of another mount namespace: ids are unique over all of them.
    // The first process's view goes first: a task in a chroot sees shortened mount points.
    mounts_.merge(read_mounts(init_));
    mounts_.merge(read_mounts(tid));
    found = mounts_.find(mount_id);
  }
  return found == mounts_.end() ? nullptr : &found->second;
}

// Where the image has the file, if it is the image's at all. Another mount of the root's own file
// system shows a part of it elsewhere; and a root that is itself a directory of a larger file
// system (a bind mount) shares that with things which are not the image's.
void ContainerFiles::place(RemoteFile& file, const Mount& mount) const {
  if (mount.device != root_.device) return;
  const auto inside = below(file.path, mount.point);
  if (!inside) return;
  const std::string in_file_system = mount.root == "/" ? *inside
                                     : *inside == "/"  ? mount.root
                                                       : mount.root + *inside;
  const auto in_image = below(in_file_system, root_.root);
  if (!in_image) return;
  file.on_rootfs = true;
  file.path = *in_image;
}

std::optional<RemoteFile> ContainerFiles::describe(pid_t tid, const std::string& link_path) {
  auto link = read_link(link_path);
  if (link.error == ENAMETOOLONG) {
    RemoteFile file;
    file.too_long = true;
    return file;
  }
  if (link.error != 0 || !link.text.starts_with('/') || is_memory_file(link.text))
    return std::nullopt;
  RemoteFile file;
  const auto mounted = mounted_file(link_path);
  // A file may really be called "x (deleted)": only one without links has lost its name.
  if (mounted && link.text.ends_with(kDeleted) && mounted->links == 0) {
    file.deleted = true;
    link.text.resize(link.text.size() - kDeleted.size());
  }
  file.path = without_prefix(std::move(link.text));
  if (mounted && mounted->mount_id == root_id_)
    file.on_rootfs = true;
  else if (const Mount* where = mounted ? mount(tid, mounted->mount_id) : nullptr)
    place(file, *where);
  return file;
}

std::optional<RemoteFile> ContainerFiles::file(pid_t tid, const std::string& link) {
  return describe(tid, proc_path(tid, link));
}

std::optional<RemoteFile> ContainerFiles::file(pid_t tid, const Fd& fd) {
  return describe(tid, "/proc/self/fd/" + std::to_string(fd.get()));
}

std::optional<std::string> ContainerFiles::path(pid_t tid, const std::string& link) const {
  auto found = read_link(proc_path(tid, link));
  if (found.error != 0 || !found.text.starts_with('/')) return std::nullopt;
  if (found.text.ends_with(kDeleted)) {
    const auto mounted = mounted_file(proc_path(tid, link));
    if (mounted && mounted->links == 0) found.text.resize(found.text.size() - kDeleted.size());
  }
  return without_prefix(std::move(found.text));
}

Fd ContainerFiles::open(pid_t tid, const std::string& base, const std::string& path,
                        int flags) const {
  const Fd root(
      ::open(proc_path(tid, RemoteLink::kRoot).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return Fd();
  // An absolute path starts at the tracee's own root, which is `root`. A relative one starts at
  // `base`, which is told from the container's root: for a tracee in a chroot its own root's path
  // comes off.
  std::string wanted = path;
  if (!path.starts_with('/')) {
    std::string from = base;
    const auto own_root = this->path(tid, RemoteLink::kRoot);
    if (own_root && *own_root != "/" && from.starts_with(*own_root))
      from.erase(0, own_root->size());
    wanted = from + "/" + path;
  }
  open_how how{};
  how.flags = static_cast<uint64_t>(O_PATH | O_CLOEXEC | flags);
  how.resolve = RESOLVE_IN_ROOT;
  return Fd(static_cast<int>(::syscall(SYS_openat2, root.get(), wanted.c_str(), &how, sizeof how)));
}

bool ContainerFiles::exists(pid_t tid, const std::string& base, const std::string& path) const {
  const Fd fd = open(tid, base, path, 0);
  // Anything but "no such file" (a magic link of /proc is refused, for one) is not a creation.
  return fd || errno != ENOENT;
}

}  // namespace slim::trace
