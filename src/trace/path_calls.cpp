// SPDX-License-Identifier: Apache-2.0
#include "trace/path_calls.hpp"

#include <seccomp.h>

#include <array>

namespace slim::trace {
namespace {

constexpr PathCall lookup(std::string_view name, int8_t path = 0) {
  return {.name = name, .kind = CallKind::lookup, .path_arg = path};
}
// A path relative to a directory descriptor, with AT_* flags if the call has them.
constexpr PathCall lookup_at(std::string_view name, int8_t directory, int8_t path,
                             int8_t flags = -1) {
  return {.name = name,
          .kind = CallKind::lookup,
          .path_arg = path,
          .directory_arg = directory,
          .flags_arg = flags};
}
constexpr PathCall rights(std::string_view name, int8_t directory, int8_t path) {
  return {.name = name,
          .kind = CallKind::access,
          .path_arg = path,
          .directory_arg = directory,
          .flags_arg = static_cast<int8_t>(path + 1)};
}
constexpr PathCall two_paths(std::string_view name, int8_t first, int8_t second) {
  return {.name = name, .kind = CallKind::lookup, .path_arg = first, .second_path_arg = second};
}
constexpr PathCall two_paths_at(std::string_view name, int8_t flags = -1) {
  return {.name = name,
          .kind = CallKind::lookup,
          .path_arg = 1,
          .directory_arg = 0,
          .flags_arg = flags,
          .second_path_arg = 3,
          .second_directory_arg = 2};
}
constexpr PathCall on_descriptor(std::string_view name, CallKind kind, int8_t fd,
                                 int8_t flags = -1) {
  return {.name = name, .kind = kind, .flags_arg = flags, .fd_arg = fd};
}
constexpr PathCall on_socket(std::string_view name, CallKind kind, int8_t address) {
  return {.name = name, .kind = kind, .path_arg = address, .fd_arg = 0};
}

// Not here: calls that name nothing in the file tree (memfd_create, mq_open, shmget), the target
// text of symlink(2), and fsconfig(2), whose path is a parameter of a file system and needs
// CAP_SYS_ADMIN over the mount namespace.
constexpr std::array kCalls = {
    PathCall{.name = "open", .kind = CallKind::open, .path_arg = 0, .flags_arg = 1},
    PathCall{.name = "creat", .kind = CallKind::open, .path_arg = 0},
    PathCall{.name = "openat",
             .kind = CallKind::open,
             .path_arg = 1,
             .directory_arg = 0,
             .flags_arg = 2},
    PathCall{.name = "openat2",
             .kind = CallKind::open_how,
             .path_arg = 1,
             .directory_arg = 0,
             .flags_arg = 2},
    PathCall{.name = "open_by_handle_at", .kind = CallKind::open, .flags_arg = 2},
    PathCall{.name = "execve", .kind = CallKind::exec, .path_arg = 0},
    PathCall{.name = "execveat",
             .kind = CallKind::exec,
             .path_arg = 1,
             .directory_arg = 0,
             .flags_arg = 4},
    on_descriptor("getdents", CallKind::list, 0),
    on_descriptor("getdents64", CallKind::list, 0),
    on_descriptor("readdir", CallKind::list, 0),
    on_descriptor("mmap", CallKind::map, 4, 3),
    on_descriptor("mmap2", CallKind::map, 4, 3),

    lookup("stat"),
    lookup("lstat"),
    lookup("stat64"),
    lookup("lstat64"),
    lookup("oldstat"),
    lookup("oldlstat"),
    lookup_at("newfstatat", 0, 1, 3),
    lookup_at("fstatat64", 0, 1, 3),
    lookup_at("statx", 0, 1, 2),
    lookup("statfs"),
    lookup("statfs64"),
    rights("access", -1, 0),
    rights("faccessat", 0, 1),
    rights("faccessat2", 0, 1),
    lookup("readlink"),
    lookup_at("readlinkat", 0, 1),
    lookup("chdir"),
    lookup("chroot"),
    lookup("setxattr"),
    lookup("lsetxattr"),
    lookup("getxattr"),
    lookup("lgetxattr"),
    lookup("listxattr"),
    lookup("llistxattr"),
    lookup("removexattr"),
    lookup("lremovexattr"),
    lookup_at("setxattrat", 0, 1, 2),
    lookup_at("getxattrat", 0, 1, 2),
    lookup_at("listxattrat", 0, 1, 2),
    lookup_at("removexattrat", 0, 1, 2),
    lookup_at("file_getattr", 0, 1, 4),
    lookup_at("file_setattr", 0, 1, 4),
    lookup("inotify_add_watch", 1),
    lookup_at("fanotify_mark", 3, 4),
    lookup_at("name_to_handle_at", 0, 1, 4),

    lookup("truncate"),
    lookup("truncate64"),
    lookup("utime"),
    lookup("utimes"),
    lookup_at("futimesat", 0, 1),
    lookup_at("utimensat", 0, 1, 3),
    lookup_at("utimensat_time64", 0, 1, 3),
    lookup("chmod"),
    lookup_at("fchmodat", 0, 1),
    lookup_at("fchmodat2", 0, 1, 3),
    lookup("chown"),
    lookup("lchown"),
    lookup("chown32"),
    lookup("lchown32"),
    lookup_at("fchownat", 0, 1, 4),

    lookup("mkdir"),
    lookup_at("mkdirat", 0, 1),
    lookup("mknod"),
    lookup_at("mknodat", 0, 1),
    lookup("rmdir"),
    lookup("unlink"),
    lookup_at("unlinkat", 0, 1, 2),
    lookup("symlink", 1),
    lookup_at("symlinkat", 1, 2),
    two_paths("link", 0, 1),
    two_paths_at("linkat", 4),
    two_paths("rename", 0, 1),
    two_paths_at("renameat"),
    two_paths_at("renameat2"),

    two_paths("mount", 1, 0),
    lookup("umount"),
    lookup("umount2"),
    two_paths("pivot_root", 0, 1),
    two_paths_at("move_mount"),
    lookup_at("open_tree", 0, 1, 2),
    lookup_at("open_tree_attr", 0, 1, 2),
    lookup_at("mount_setattr", 0, 1, 2),
    lookup_at("fspick", 0, 1),
    lookup("swapon"),
    lookup("swapoff"),
    lookup("uselib"),
    lookup("acct"),
    lookup("quotactl", 1),

    on_socket("bind", CallKind::bind, 1),
    on_socket("connect", CallKind::connect, 1),
    on_socket("accept", CallKind::accept, 1),
    on_socket("accept4", CallKind::accept, 1),
    on_socket("listen", CallKind::listen, -1),
    on_socket("sendto", CallKind::send_to, 4),
    on_socket("sendmsg", CallKind::send_msg, 1),
    on_socket("sendmmsg", CallKind::send_mmsg, 1),
    on_socket("write", CallKind::write, -1),
    on_socket("writev", CallKind::write_vector, -1),
    PathCall{.name = "socketcall", .kind = CallKind::socketcall, .path_arg = 1, .flags_arg = 0},
};

bool is_32_bit(uint32_t scmp_arch) {
  return scmp_arch == SCMP_ARCH_X86 || scmp_arch == SCMP_ARCH_ARM;
}

}  // namespace

std::span<const PathCall> path_calls() { return kCalls; }

PathCall on_architecture(const PathCall& call, uint32_t scmp_arch) {
  PathCall result = call;
  if (is_32_bit(scmp_arch) && call.name == "fanotify_mark") {
    // The 64-bit mask (argument 2) is in two registers.
    ++result.directory_arg;
    ++result.path_arg;
  }
  if (scmp_arch == SCMP_ARCH_X86 && call.name == "mmap") result.kind = CallKind::none;
  return result;
}

}  // namespace slim::trace
