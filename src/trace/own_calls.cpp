// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/own_calls.hpp"

namespace slim::trace {
namespace {

constexpr OwnCall kOwn[] = {
    {"chmod", "chmod"},
    {"clock_nanosleep", "sleep usleep nanosleep clock_nanosleep"},
    {"connect", "connect"},
    {"dup2", "dup2"},
    {"fallocate", "fallocate fallocate64 posix_fallocate posix_fallocate64"},
    {"fchmod", "fchmod"},
    {"fdatasync", "fdatasync"},
    {"flock", "flock"},
    {"fsync", "fsync"},
    {"ftruncate", "ftruncate ftruncate64"},
    {"getdents64", "opendir fdopendir scandir scandir64"},
    {"getpeername", "getpeername"},
    {"getrusage", "getrusage"},
    {"getsockname", "getsockname"},
    {"getsockopt", "getsockopt"},
    {"kill", "kill"},
    {"link", "link"},
    {"lseek", "lseek lseek64"},
    {"mkdir", "mkdir"},
    {"poll", "poll"},
    {"pread64", "pread pread64"},
    {"pwrite64", "pwrite pwrite64"},
    {"readlink", "readlink realpath"},
    {"readv", "readv"},
    {"recvfrom", "recv recvfrom"},
    {"recvmsg", "recvmsg"},
    {"rename", "rename"},
    {"rmdir", "rmdir"},
    {"sendfile", "sendfile sendfile64"},
    {"sendmsg", "sendmsg"},
    {"sendto", "send sendto"},
    {"setitimer", "setitimer"},
    {"shutdown", "shutdown"},
    {"statfs", "statfs statfs64 statvfs statvfs64"},
    {"symlink", "symlink"},
    {"sync_file_range", "sync_file_range"},
    {"truncate", "truncate truncate64"},
    {"umask", "umask"},
    {"unlink", "unlink remove"},
    {"utimensat", "utimensat futimens utimes utime"},
    {"wait4", "wait waitpid wait3 wait4"},
    {"writev", "writev"},
};

}  // namespace

std::span<const OwnCall> own_calls() { return kOwn; }

std::string own_fact(std::string_view call) { return "(own) " + std::string(call); }

}  // namespace slim::trace
