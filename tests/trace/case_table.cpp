// SPDX-License-Identifier: Apache-2.0
#include "case_table.hpp"

namespace slim::trace::test {
namespace {

constexpr LookupUse kFound{.found = true};
constexpr LookupUse kMissing{.missing = true};
constexpr LookupUse kDenied{.denied = true};
constexpr LookupUse kMayWrite{.found = true, .writable = true};
constexpr auto kListen = SocketAction::listen;
constexpr auto kBind = SocketAction::bind;
constexpr auto kConnect = SocketAction::connect;
constexpr auto kAccept = SocketAction::accept;

std::vector<ExpectedCase> open_cases() {
  return {
      {"open_read", {{"f", kFound}}, {{"f", kRead}}, {}, "open"},
      {"open_absolute", {{"/etc/passwd", kFound}}, {{"/etc/passwd", kRead}}, {}},
      {"open_missing", {{"/no/such/file", kMissing}}, {}, {}},
      {"open_not_directory", {{"f/x", kMissing}}, {}, {}},
      {"open_dangling", {{"dangling", kMissing}}, {}, {}, "openat"},
      {"open_nofollow", {{"l", kMissing}}, {}, {}},
      {"open_empty", {}, {}, {}, "openat"},
      {"open_bad_pointer", {}, {}, {}, "openat"},
      {"open_bad_directory", {}, {}, {}, "openat"},
      {"open_symlink", {{"l", kFound}}, {{"f", kRead}}, {}},
      {"open_dotdot", {{"d/.././/f", kFound}}, {{"f", kRead}}, {}},
      {"open_write", {{"f", kFound}}, {{"f", kWritten}}, {}},
      {"open_both", {{"f", kFound}}, {{"f", kRead | kWritten}}, {}},
      {"open_path", {{"f", kFound}}, {{"f", kLookedUp}}, {}},
      {"open_create", {{"new", kFound}}, {{"new", kWritten | kCreated}}, {}},
      {"open_create_existing", {{"f", kFound}}, {{"f", kWritten}}, {}},
      {"open_create_dangling",
       {{"dangling", kFound}},
       {{"nowhere", kRead | kWritten | kCreated}},
       {}},
      {"open_exclusive", {{"new", kFound}}, {{"new", kRead | kWritten | kCreated}}, {}},
      {"open_temporary", {{".", kFound}}, {}, {}},
      {"creat", {{"new", kFound}}, {{"new", kWritten | kCreated}}, {}, "creat"},
      {"open_fifo", {{"fifo", kFound}}, {{"fifo", kRead}}, {}},
      {"open_memory_file", {}, {}, {}, "memfd_create"},
      {"open_directory_fd", {{"d", kFound}, {"d/x", kFound}}, {{"d", kRead}, {"d/x", kRead}}, {}},
      {"openat2_in_root",
       {{"d", kFound}, {"d/x", kFound}},
       {{"d", kLookedUp}, {"d/x", kRead}},
       {},
       "openat2"},
      {"open_too_long", {}, {}, {}},
      {"open_page_end", {{"f", kFound}}, {{"f", kRead}}, {}},
      {"open_across_pages", {{"./././f", kFound}}, {{"f", kRead}}, {}},
  };
}

std::vector<ExpectedCase> lookup_cases() {
  return {
      {"stat", {{"f", kFound}}, {}, {}, "stat"},
      {"stat_missing", {{"none", kMissing}}, {}, {}, "stat"},
      {"lstat", {{"l", kFound}}, {}, {}, "lstat"},
      {"newfstatat", {{"d/x", kFound}}, {}, {}, "newfstatat"},
      {"fstat_empty_path", {}, {}, {}, "newfstatat"},
      {"statx", {{"f", kFound}}, {}, {}, "statx"},
      {"statx_empty_path", {}, {}, {}, "statx"},
      {"statx_null", {}, {}, {}, "statx"},
      {"access", {{"f", kFound}}, {}, {}, "access"},
      {"access_denied", {{"f", kDenied}}, {}, {}, "access"},
      {"access_to_write", {{"f", kMayWrite}, {"none", kMissing}}, {}, {}, "access"},
      {"faccessat", {{"f", kFound}}, {}, {}, "faccessat"},
      {"faccessat_to_write", {{"d/x", kMayWrite}}, {}, {}, "faccessat"},
      {"faccessat2", {{"l", kFound}}, {}, {}, "faccessat2"},
      {"readlink", {{"l", kFound}}, {}, {}, "readlink"},
      {"readlink_file", {{"f", kFound}}, {}, {}, "readlink"},
      {"readlinkat", {{"dangling", kFound}}, {}, {}, "readlinkat"},
      {"statfs", {{"d", kFound}}, {}, {}, "statfs"},
      {"inotify", {{"d", kFound}}, {}, {}, "inotify_add_watch"},
      {"fanotify", {{"d", kFound}}, {}, {}, "fanotify_mark"},
      {"name_to_handle", {{"f", kFound}}, {}, {}, "name_to_handle_at"},
      {"setxattr", {{"f", kFound}}, {}, {}, "setxattr"},
      {"getxattr", {{"f", kFound}}, {}, {}, "getxattr"},
      {"lgetxattr", {{"l", kFound}}, {}, {}, "lgetxattr"},
      {"listxattr", {{"f", kFound}}, {}, {}, "listxattr"},
      {"removexattr", {{"f", kFound}}, {}, {}, "removexattr"},
      {"getxattrat", {{"f", kFound}}, {}, {}, "getxattrat"},
      {"file_getattr", {{"f", kFound}}, {}, {}, "file_getattr"},
      {"chdir", {{"d", kFound}, {"d/x", kFound}}, {{"d/x", kRead}}, {}, "chdir"},
      {"chroot",
       {{"d", kFound}, {"d/x", kFound}, {"d/", kFound}, {"d/f", kMissing}},
       {{"d/x", kRead}},
       {},
       "chroot"},
      {"truncate", {{"f", kFound}}, {}, {}, "truncate"},
      {"utime", {{"f", kFound}}, {}, {}, "utime"},
      {"utimes", {{"f", kFound}}, {}, {}, "utimes"},
      {"futimesat", {{"f", kFound}}, {}, {}, "futimesat"},
      {"utimensat", {{"l", kFound}}, {}, {}, "utimensat"},
      {"utimensat_null", {{"f", kFound}}, {{"f", kWritten}}, {}, "utimensat"},
      {"chmod", {{"f", kFound}}, {}, {}, "chmod"},
      {"fchmodat", {{"f", kFound}}, {}, {}, "fchmodat"},
      {"fchmodat2", {{"f", kFound}}, {}, {}, "fchmodat2"},
      {"chown", {{"f", kFound}}, {}, {}, "chown"},
      {"lchown", {{"l", kFound}}, {}, {}, "lchown"},
      {"fchownat", {{"l", kFound}}, {}, {}, "fchownat"},
  };
}

std::vector<ExpectedCase> tree_cases() {
  return {
      {"link", {{"f", kFound}, {"new", kFound}}, {}, {}, "link"},
      {"linkat", {{"f", kFound}, {"d/new", kFound}}, {}, {}, "linkat"},
      {"symlink", {{"new", kFound}}, {}, {}, "symlink"},
      {"symlinkat", {{"new", kFound}}, {}, {}, "symlinkat"},
      {"rename", {{"f", kFound}, {"new", kFound}}, {}, {}, "rename"},
      {"rename_missing", {{"none", kMissing}, {"new", kMissing}}, {}, {}, "rename"},
      {"renameat2", {{"f", kFound}, {"d/x", kFound}}, {}, {}, "renameat2"},
      {"unlink", {{"f", kFound}}, {}, {}, "unlink"},
      {"unlinkat", {{"d/x", kFound}}, {}, {}, "unlinkat"},
      {"mkdir", {{"new", kFound}}, {}, {}, "mkdir"},
      {"mkdir_existing", {{"d", kFound}}, {}, {}, "mkdirat"},
      {"mknod", {{"new", kFound}}, {}, {}, "mknod"},
      {"rmdir", {{"d", kFound}}, {}, {}, "rmdir"},
      {"mount", {{"d", kFound}, {"e", kFound}, {"e/x", kFound}}, {{"d/x", kRead}}, {}, "mount"},
      {"tmpfs",
       {{"e", kFound}, {"none", kFound}, {"e/new", kFound}},
       {{"e/new", kRead | kWritten | kCreated}},
       {},
       "umount2"},
      {"getdents", {{"d", kFound}}, {{"d", kRead | kListed}}, {}, "getdents64"},
      {"mmap", {{"f", kFound}}, {{"f", kRead | kMapped}}, {}, "mmap"},
      {"mmap_denied", {{"f", kFound}}, {{"f", kWritten}}, {}, "mmap"},
      {"mmap_deleted", {{"f", kFound}}, {{"f", kRead | kMapped}}, {}, "mmap"},
  };
}

std::vector<ExpectedCase> task_cases() {
  const ExpectedFile program{"tracee", kExecuted};
  return {
      {"fork", {{"f", kFound}}, {{"f", kRead}}, {}, nullptr, 2},
      {"thread", {{"f", kFound}}, {{"f", kRead}}, {}, "clone"},
      {"vfork_exec", {{"./tracee", kFound}}, {program}, {}, "clone", 2},
      {"thread_exec", {{"./tracee", kFound}}, {program}, {}},
      {"exec", {{"./tracee", kFound}}, {program}, {}, "execve"},
      {"exec_symlink", {{"p", kFound}}, {program}, {}},
      {"exec_script", {{"s", kFound}, {"./tracee", kFound}}, {program, {"s", kRead}}, {}},
      {"exec_nested_script",
       {{"ss", kFound}, {"./s", kFound}, {"./tracee", kFound}},
       {program, {"ss", kRead}, {"s", kRead}},
       {}},
      {"exec_descriptor",
       {{"./tracee", kFound}},
       {{"tracee", kExecuted | kLookedUp}},
       {},
       "execveat"},
      {"exec_at",
       {{"d", kFound}, {"d/../tracee", kFound}},
       {program, {"d", kLookedUp}},
       {},
       "execveat"},
      {"exec_missing", {{"none", kMissing}}, {}, {}},
      {"exec_denied", {{"f", kDenied}}, {}, {}},
      {"succeed", {}, {}, {}},
      {"fail", {}, {}, {}, nullptr, 1, 3},
      // SIGABRT does nothing to the first process of a pid namespace; what abort(3) does then
      // kills.
      {"aborted", {}, {}, {}, nullptr, 1, 0, 11},
      {"nested_pid_namespace", {{"f", kFound}}, {{"f", kRead}}, {}, "unshare", 2},
      {"orphan", {{"f", kFound}}, {{"f", kRead}}, {}, nullptr, 3},
      {"stopped", {{"f", kFound}}, {{"f", kRead}}, {}, nullptr, 2},
      {"signal", {}, {}, {}},
      {"compat_open", {{"f", kFound}}, {{"f", kRead}}, {}, "open", 1, 0, 0, "x86"},
      {"compat_stat64", {{"f", kFound}}, {}, {}, "stat64", 1, 0, 0, "x86"},
      {"compat_socketcall",
       {},
       {},
       {{kBind, "inet", "tcp", "127.0.0.1", 7020}, {kListen, "inet", "tcp", "127.0.0.1", 7020}},
       "socketcall",
       1,
       0,
       0,
       "x86"},
  };
}

std::vector<ExpectedCase> socket_cases() {
  return {
      {"listen",
       {},
       {},
       {{kBind, "inet", "tcp", "0.0.0.0", 7001}, {kListen, "inet", "tcp", "0.0.0.0", 7001}},
       "listen"},
      {"listen_loopback",
       {},
       {},
       {{kBind, "inet", "tcp", "127.0.0.1", 7002}, {kListen, "inet", "tcp", "127.0.0.1", 7002}}},
      {"listen_port_0",
       {},
       {},
       {{kBind, "inet", "tcp", "127.0.0.1", -1, true},
        {kListen, "inet", "tcp", "127.0.0.1", -1, true}}},
      {"listen_unbound", {}, {}, {{kListen, "inet", "tcp", "0.0.0.0", -1, true}}},
      {"listen_inet6",
       {},
       {},
       {{kBind, "inet6", "tcp", "::", 7003}, {kListen, "inet6", "tcp", "::", 7003}}},
      {"listen_v6only",
       {},
       {},
       {{kBind, "inet6", "tcp", "::", 7003, false, true},
        {kListen, "inet6", "tcp", "::", 7003, false, true}}},
      {"bind_taken",
       {},
       {},
       {{kBind, "inet", "tcp", "127.0.0.1", 7004}, {kListen, "inet", "tcp", "127.0.0.1", 7004}}},
      {"listen_as_another",
       {},
       {},
       {{kBind, "inet", "tcp", "0.0.0.0", 7014},
        {kListen, "inet", "tcp", "0.0.0.0", 7014, false, false, 33},
        {kConnect, "inet", "tcp", "127.0.0.1", 7014, false, false, 34},
        {kAccept, "inet", "tcp", "127.0.0.1", 7014, false, false, 34}}},
      {"udp_bind", {}, {}, {{kBind, "inet", "udp", "0.0.0.0", 7005}}, "bind"},
      {"connect_refused", {}, {}, {{kConnect, "inet", "tcp", "127.0.0.1", 7006}}, "connect"},
      {"connect_unreachable", {}, {}, {{kConnect, "inet", "tcp", "192.0.2.1", 443}}},
      {"accept",
       {},
       {},
       {{kBind, "inet", "tcp", "0.0.0.0", 7007},
        {kListen, "inet", "tcp", "0.0.0.0", 7007},
        {kConnect, "inet", "tcp", "127.0.0.1", 7007},
        {kAccept, "inet", "tcp", "127.0.0.1", 7007}},
       "accept"},
      {"accept_nothing",
       {},
       {},
       {{kBind, "inet", "tcp", "127.0.0.1", 7008}, {kListen, "inet", "tcp", "127.0.0.1", 7008}},
       "accept4"},
      {"udp_connect", {}, {}, {{kConnect, "inet", "udp", "127.0.0.1", 7009}}},
      {"disconnect", {}, {}, {}, "connect"},
      {"sendto", {}, {}, {{kConnect, "inet", "udp", "127.0.0.1", 7010}}, "sendto"},
      {"send_connected", {}, {}, {}, "sendto"},
      {"sendmsg", {}, {}, {{kConnect, "inet6", "udp", "::1", 7011}}, "sendmsg"},
      {"sendmmsg",
       {},
       {},
       {{kConnect, "inet", "udp", "127.0.0.1", 7012}, {kConnect, "inet", "udp", "127.0.0.2", 7013}},
       "sendmmsg"},
      {"sendmmsg_nothing", {}, {}, {}, "sendmmsg"},
      {"unix_listen",
       {{"socket", kFound}},
       {},
       {{kBind, "unix", "stream", "socket", 0}, {kListen, "unix", "stream", "socket", 0}}},
      {"unix_taken", {{"f", kFound}}, {}, {}},
      {"unix_missing",
       {{"/run/none", kMissing}},
       {},
       {{kConnect, "unix", "stream", "/run/none", 0}}},
      {"unix_sendto", {{"/dev/none", kMissing}}, {}, {{kConnect, "unix", "dgram", "/dev/none", 0}}},
      {"netlink", {}, {}, {{kBind, "netlink", "raw", "", 0}}},
  };
}

std::vector<ExpectedCase> name_cases() {
  const ExpectedSocket udp = {kConnect, "inet", "udp", "127.0.0.1", 53};
  const std::vector<ExpectedSocket> tcp = {{kBind, "inet", "tcp", "127.0.0.1", 53},
                                           {kListen, "inet", "tcp", "127.0.0.1", 53},
                                           {kConnect, "inet", "tcp", "127.0.0.1", 53}};
  const auto asks = [](const char* name, std::vector<ExpectedSocket> sockets,
                       std::vector<std::string> names, unsigned lost = 0) {
    ExpectedCase result{name, {}, {}, std::move(sockets)};
    result.names = std::move(names);
    result.names_lost = lost;
    return result;
  };
  return {
      asks("dns_sendto", {{kConnect, "inet6", "udp", "::1", 53}}, {"example.org A"}),
      asks("dns_send", {udp}, {"example.org A"}),
      asks("dns_sendmsg", {udp}, {"example.org A"}),
      asks("dns_sendmmsg", {udp, {kBind, "inet", "udp", "127.0.0.1", 53}},
           {"example.org A AAAA"}),
      asks("dns_write", {udp}, {"example.org AAAA"}),
      asks("dns_writev_tcp", tcp, {"example.org A"}),
      asks("dns_write_tcp", tcp, {"example.org A"}),
      asks("dns_elsewhere", {{kConnect, "inet", "udp", "127.0.0.1", 5353}}, {}),
      asks("dns_garbage", {udp}, {}, 1),
  };
}

}  // namespace

const std::vector<ExpectedCase>& expected_cases() {
  static const std::vector<ExpectedCase> cases = [] {
    std::vector<ExpectedCase> all;
    for (auto* part : {open_cases, lookup_cases, tree_cases, task_cases, socket_cases, name_cases})
      for (auto& entry : part()) all.push_back(std::move(entry));
    return all;
  }();
  return cases;
}

}  // namespace slim::trace::test
