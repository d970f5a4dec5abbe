// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/call_evidence.hpp"

#include <seccomp.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "trace/syscall_names.hpp"

namespace slim::trace {
namespace {

constexpr std::string_view kWatching = "watch watchFile chokidar inotify watchdog";

// Functions that ask for names of addresses are here wherever the resolver makes the call; for those that
// ask for addresses of names see kResolves. `syscall` is where
// libraries (libuv) make calls by it that their C library may lack.
constexpr CallEvidence kEvidence[] = {
    {kForks, "fork", Deed::programs, {}, false},
    {kThreads,
     "pthread_create thrd_create timer_create mq_notify getaddrinfo_a lio_listio lio_listio64 aio_read "
     "aio_read64 aio_write aio_write64 aio_fsync aio_fsync64 clone clone3"},
    {kResolves, "getaddrinfo gethostbyname gethostbyname_r gethostbyname2 gethostbyname2_r"},
    {kCopies, "sendfile sendfile64", Deed::files, "copyFile copyFileSync cp cpSync"},
    {"accept", "accept"},
    {"accept4", "accept4 syscall"},
    {"alarm", "alarm", Deed::any, "alarm pcntl_alarm"},
    {"chmod", "chmod lchmod", Deed::files,
     "chmod lchmod chmodSync"},
    {"chown", "chown"},
    {"clock_nanosleep", "sleep usleep nanosleep clock_nanosleep thrd_sleep", Deed::any,
     "sleep usleep nanosleep"},
    {"dup2", "dup2 posix_spawn_file_actions_adddup2 popen daemon forkpty login_tty", Deed::programs,
     "dup2"},
    {"fallocate", "fallocate fallocate64 posix_fallocate posix_fallocate64", Deed::files,
     "fallocate posix_fallocate"},
    {"fchdir", "fchdir", Deed::any, "fchdir"},
    {"fchmod", "fchmod", Deed::files,
     "fchmod fchmodSync chmod copyFile copyFileSync"},
    {"fdatasync", "fdatasync aio_fsync aio_fsync64", Deed::files, "fdatasync fdatasyncSync"},
    {"flock", "flock", Deed::files,
     "flock lockf LOCK_EX LOCK_SH lock_store lock_nstore session_start"},
    {"fsync", "fsync aio_fsync aio_fsync64", Deed::files, "fsync fsyncSync"},
    {"fork", "fork clone clone3", Deed::programs},
    {"ftruncate", "ftruncate ftruncate64", Deed::files,
     "truncate truncateSync ftruncate ftruncateSync copyFile copyFileSync"},
    {"getegid", "getegid"},
    {"geteuid", "geteuid"},
    {"getgid", "getgid"},
    {"getuid", "getuid"},
    {"getgroups", "getgroups", Deed::any, "getgroups"},
    {"getpeername", "getpeername"},
    {"gettimeofday", "gettimeofday"},
    {"getrusage", "getrusage", Deed::any, "getrusage"},
    {"getsockopt", "getsockopt"},
    {"inotify_add_watch", "inotify_add_watch", Deed::any, kWatching, false},
    {"inotify_init", "inotify_init", Deed::any, kWatching, false},
    {"inotify_init1", "inotify_init1", Deed::any, kWatching, false},
    {"inotify_rm_watch", "inotify_rm_watch", Deed::any, kWatching, false},
    {"kill", "kill killpg"},
    {"link", "link", Deed::files, "link linkSync"},
    {"linkat", "linkat", Deed::files, "link linkSync"},
    {"listxattr", "listxattr", Deed::any, "copystat copy2 copytree"},
    {"llistxattr", "llistxattr", Deed::any, "copystat copy2 copytree"},
    {"madvise", "madvise", Deed::any, "madvise"},
    {"mkdir", "mkdir mkdtemp mkdtemp64", Deed::files,
     "mkdir mkdirs mkdir_p mkdirSync makedirs mkpath make_path mkdtemp mkdtempSync mktmpdir tempdir "
     "newdir TemporaryDirectory extractall"},
    {"mkdirat", "mkdirat", Deed::files, "mkdir makedirs"},
    {"poll", "poll __poll_chk gethostbyaddr gethostbyaddr_r getnameinfo res_query res_search "
             "res_send __res_query __res_search __res_nquery __res_nsearch res_nquery res_nsearch"},
    {"pselect6", "select pselect", Deed::any, "select"},
    {"pwrite64", "pwrite pwrite64 aio_write aio_write64", Deed::files,
     "pwrite pwritev createWriteStream writeSync"},
    {"pwritev", "pwritev pwritev64 pwritev2 pwritev64v2 syscall", Deed::files,
     "pwritev writev writevSync"},
    {"readv", "readv"},
    {"rename", "rename", Deed::files,
     "rename renames renameSync os.replace replace(to) move_uploaded_file RotatingFileHandler "
     "TimedRotatingFileHandler logging.handlers"},
    {"renameat", "renameat renameat2 syscall", Deed::files, "rename os.replace replace(to)"},
    {"rt_sigsuspend", "sigsuspend", Deed::any, "sigsuspend"},
    {"rmdir", "rmdir remove", Deed::files,
     "rmdir rmdirSync removedirs rmtree remove_tree rm rm_rf rm_r rmSync fs.rm mkdtemp mktmpdir tempdir "
     "newdir TemporaryDirectory"},
    {"sendfile", "sendfile sendfile64"},
    {"setitimer", "setitimer", Deed::any, "setitimer ualarm"},
    {"setpgid", "setpgid", Deed::any, "setpgid setpgrp process_group pgroup"},
    {"setsid", "setsid daemon", Deed::any, "setsid start_new_session detached daemon forkpty pty"},
    {"setsockopt", "setsockopt"},
    {"shutdown", "shutdown"},
    {"symlink", "symlink", Deed::any, "symlink symlink_to symlinkSync ln_s ln_sf"},
    // The load, and the memory that there is: which a C library that is linked in asks for to sort.
    {"sysinfo", "getloadavg get_avphys_pages get_phys_pages sysinfo", Deed::any,
     "getloadavg loadavg sysinfo", false},
    {"tgkill", "tgkill pthread_kill raise", Deed::any, "pthread_kill"},
    {"unlinkat", "unlinkat", Deed::files,
     "rmtree remove_tree removedirs rm_rf rm_r rmSync TemporaryDirectory"},
    {"utimensat", "utimensat futimens utimes lutimes utime", Deed::files,
     "utime utimes utimesSync futimes futimesSync lutimes touch copystat copy2 copytree"},
    {"vfork", "vfork", Deed::programs},
    {"wait4", "wait waitpid wait3 wait4 system popen pclose posix_spawn posix_spawnp wordexp",
     Deed::programs, "waitpid"},
    {"waitid", "waitid", Deed::programs, "waitid"},
};

// By the value of Deed.
constexpr std::string_view kWords[] = {
    "",
    "FileField ImageField FileSystemStorage default_storage UploadFile FileSystemCache "
    "FileBasedCache FileSystemBytecodeCache file_store FileStore PStore FileUtils fileutils "
    "File::Copy shutil tarfile shelve dbm COMPILE_DIR COMPILE_EXT ctypes cffi ffi",
    "subprocess popen Popen popen3 open2 open3 Open3 os.system posix_spawn spawnl spawnv execl execlp "
    "execv execve execvp execvpe fork forkpty child_process cluster multiprocessing "
    "ProcessPoolExecutor pty pexpect proc_open shell_exec passthru pcntl_fork ctypes cffi ffi",
};
constexpr std::string_view kBuiltIn[] = {"", "", "system exec spawn qx readpipe `"};

}  // namespace

std::span<const CallEvidence> call_evidence() { return kEvidence; }

const CallEvidence* evidence_of(std::string_view call) {
  const auto* const found = std::find_if(std::begin(kEvidence), std::end(kEvidence),
                                         [&](const CallEvidence& row) { return row.call == call; });
  return found == std::end(kEvidence) ? nullptr : found;
}

bool has_number_of(const CallEvidence& call, const std::set<uint32_t>& numbers) {
  const auto has = [&](std::string_view name) {
    const auto number = syscall_number(SCMP_ARCH_X86_64, std::string(name));
    return number && numbers.contains(static_cast<uint32_t>(*number));
  };
  if (!call.by_number) return false;
  if (has(call.call)) return true;
  std::string_view rest = call.functions;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(' '), rest.size());
    if (has(rest.substr(0, end))) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::string_view words_of(Deed deed) { return kWords[static_cast<size_t>(deed)]; }
std::string_view built_in_words_of(Deed deed) { return kBuiltIn[static_cast<size_t>(deed)]; }

}  // namespace slim::trace
