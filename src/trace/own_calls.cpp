// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/own_calls.hpp"

namespace slim::trace {
namespace {

constexpr OwnCall kOwn[] = {
    {"chmod", "chmod"},
    {"chown", "chown"},
    {"clock_nanosleep", "sleep usleep nanosleep clock_nanosleep"},
    {"connect", "connect"},
    {"dup2", "dup2"},
    {"fallocate", "fallocate fallocate64 posix_fallocate posix_fallocate64"},
    {"fchmod", "fchmod"},
    {"fchmodat", "fchmodat lchmod"},
    {"fchown", "fchown"},
    {"fchownat", "fchownat"},
    {"fdatasync", "fdatasync"},
    {"flock", "flock"},
    {"fremovexattr", "fremovexattr"},
    {"fsetxattr", "fsetxattr"},
    {"fsync", "fsync"},
    {"ftruncate", "ftruncate ftruncate64"},
    {"getdents64", "opendir fdopendir scandir scandir64"},
    {"getpeername", "getpeername"},
    {"getrusage", "getrusage"},
    {"getsockname", "getsockname"},
    {"getsockopt", "getsockopt"},
    {"kill", "kill"},
    {"lchown", "lchown"},
    {"link", "link"},
    {"linkat", "linkat"},
    {"lseek", "lseek lseek64"},
    {"mkdir", "mkdir"},
    {"mkdirat", "mkdirat"},
    {"msync", "msync"},
    {"pipe2", "pipe pipe2"},
    {"poll", "poll"},
    {"pread64", "pread pread64"},
    {"pwrite64", "pwrite pwrite64"},
    {"readlink", "readlink realpath"},
    {"readlinkat", "readlinkat"},
    {"readv", "readv"},
    {"recvfrom", "recv recvfrom"},
    {"recvmsg", "recvmsg"},
    {"removexattr", "removexattr"},
    {"rename", "rename"},
    {"renameat", "renameat renameat2"},
    {"renameat2", "renameat2"},
    {"rmdir", "rmdir"},
    {"sendfile", "sendfile sendfile64"},
    {"sendmsg", "sendmsg"},
    {"sendto", "send sendto"},
    {"setitimer", "setitimer"},
    {"setxattr", "setxattr"},
    {"shutdown", "shutdown"},
    {"socketpair", "socketpair"},
    {"statfs", "statfs statfs64 statvfs statvfs64"},
    {"symlink", "symlink"},
    {"symlinkat", "symlinkat"},
    {"sync_file_range", "sync_file_range"},
    {"sysinfo", "sysinfo"},
    {"truncate", "truncate truncate64"},
    {"umask", "umask"},
    {"uname", "gethostname uname"},
    {"unlink", "unlink remove"},
    {"unlinkat", "unlinkat"},
    {"utimensat", "utimensat futimens utimes utime"},
    {"wait4", "wait waitpid wait3 wait4"},
    {"writev", "writev"},
};

}  // namespace

std::span<const OwnCall> own_calls() { return kOwn; }

std::string own_fact(std::string_view call) { return "(own) " + std::string(call); }

}  // namespace slim::trace
