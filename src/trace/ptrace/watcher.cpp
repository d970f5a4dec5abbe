// SPDX-License-Identifier: Apache-2.0
#include "trace/ptrace/watcher.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace slim::trace {
namespace {

// Results of interrupted calls that the kernel will start again: include/linux/errno.h. They are
// seen by tracers only.
constexpr int kFirstRestartCode = 512;
constexpr int kLastRestartCode = 516;

int error_of(int64_t result) {
  return result < 0 && result >= -4095 ? static_cast<int>(-result) : 0;
}
bool is_restart(int error) { return error >= kFirstRestartCode && error <= kLastRestartCode; }

// FileUse::access of an open with these flags.
uint32_t open_access(uint64_t flags) {
  if (flags & O_PATH) return kLookedUp;
  switch (flags & O_ACCMODE) {
    case O_RDONLY:
      return kRead;
    case O_WRONLY:
      return kWritten;
    case O_RDWR:
      return kRead | kWritten;
    default:
      return kLookedUp;  // 3: for ioctl(2) only
  }
}

std::string joined(const PathArgument& path) { return path.base + "/" + path.text; }

}  // namespace

void Watcher::note_syscall(const StoppedCall& call) {
  const auto phase = recorder_.phase();
  const uint64_t key = (static_cast<uint64_t>(call.arch) << 32) ^
                       (static_cast<uint64_t>(phase) << 28) ^ static_cast<uint32_t>(call.number);
  if (syscalls_.insert(key).second) recorder_.syscall(call.arch, call.number, phase);
}

std::unique_ptr<PendingCall> Watcher::enter(const TaskView& task, const StoppedCall& call) {
  note_syscall(call);
  const WatchedCall& watched = table_.find(call);
  if (watched.arguments) {
    const auto* first = call.args.data() + watched.arguments->first;
    recorder_.arguments(call.arch, call.number, {first, first + watched.arguments->count});
  }
  if (!watched.is_watched() || !files_) return nullptr;
  if (watched.changes_root) roots_vary_ = true;
  auto pending = std::make_unique<PendingCall>();
  pending->call = call;
  pending->watched = &watched;
  pending->kind = watched.call.kind;
  const bool wants_end = look_at(task, *pending);
  if (wants_end || watched.changes_mounts || watched.is_io_uring_setup) return pending;
  return nullptr;
}

// Whether the end of the call has something to tell.
bool Watcher::look_at(const TaskView& task, PendingCall& pending) {
  const PathCall& shape = pending.watched->call;
  const StoppedCall& call = pending.call;
  switch (pending.kind) {
    case CallKind::none:
      return false;
    case CallKind::open:
    case CallKind::open_how:
      begin_open(task, pending);
      return true;
    case CallKind::exec:
      begin_exec(task, pending);
      return true;
    case CallKind::access:
      pending.asks_to_write = call.int_arg(shape.flags_arg) & W_OK;
      [[fallthrough]];
    case CallKind::lookup:
      pending.paths.push_back(path_argument(task.tid, call, shape.path_arg, shape.directory_arg));
      if (shape.second_path_arg >= 0)
        pending.paths.push_back(
            path_argument(task.tid, call, shape.second_path_arg, shape.second_directory_arg));
      return !all_outcomes_known(pending);
    case CallKind::list:
      return begin_on_file(task, pending, kListed);
    case CallKind::map:
      if (call.int_arg(shape.flags_arg) & MAP_ANONYMOUS) return false;
      return begin_on_file(task, pending, kMapped);
    default:
      return begin_socket(task, pending);
  }
}

std::optional<std::string> Watcher::base_of(pid_t tid, const StoppedCall& call, int8_t directory,
                                            bool is_absolute) {
  if (is_absolute) {
    if (!roots_vary_) return "/";
    return files_->path(tid, RemoteLink::kRoot);
  }
  const int fd = directory < 0 ? AT_FDCWD : call.int_arg(directory);
  return files_->path(tid, fd == AT_FDCWD ? RemoteLink::kWorkingDirectory : RemoteLink::fd(fd));
}

PathArgument Watcher::path_argument(pid_t tid, const StoppedCall& call, int8_t path,
                                    int8_t directory) {
  PathArgument argument;
  auto read = read_remote_string(tid, call.arg(path));
  argument.readable = read.state != RemoteString::State::unreadable;
  // One that is too long ends in ENAMETOOLONG whatever is there: it names nothing.
  if (read.state != RemoteString::State::ok || read.text.empty()) return argument;
  auto base = base_of(tid, call, directory, read.text.front() == '/');
  if (!base) return argument;  // a bad descriptor: EBADF, or one that is no directory: ENOTDIR
  argument.base = std::move(*base);
  argument.text = std::move(read.text);
  return argument;
}

void Watcher::begin_open(const TaskView& task, PendingCall& pending) {
  const PathCall& shape = pending.watched->call;
  const StoppedCall& call = pending.call;
  bool in_root = false;
  if (pending.kind == CallKind::open_how) {
    open_how how{};
    if (read_remote(task.tid, call.arg(shape.flags_arg), &how, sizeof how)) {
      pending.open_flags = how.flags;
      in_root = how.resolve & RESOLVE_IN_ROOT;
    }
  } else {
    pending.open_flags =
        shape.flags_arg < 0 ? (O_CREAT | O_WRONLY | O_TRUNC) : call.arg(shape.flags_arg);
  }
  if (shape.path_arg < 0) return;  // open_by_handle_at
  auto path = path_argument(task.tid, call, shape.path_arg, shape.directory_arg);
  if (in_root && path.names_something() && path.text.front() == '/')
    if (auto base = base_of(task.tid, call, shape.directory_arg, false)) path.base = *base;
  if (path.names_something() && (pending.open_flags & O_CREAT))
    pending.existed = files_->exists(task.tid, path.base, path.text);
  pending.paths.push_back(std::move(path));
}

// getdents and mmap: the descriptor tells the file at once, the end only whether the call worked.
bool Watcher::begin_on_file(const TaskView& task, PendingCall& pending, uint32_t access) {
  const int fd = pending.call.int_arg(pending.watched->call.fd_arg);
  const auto file = files_->file(task.tid, RemoteLink::fd(fd));
  if (!file) return false;
  if (file->too_long) {
    record_file(*file, access);
    return false;
  }
  const auto known = known_.find(file->path);
  if (known != known_.end() && (known->second & access)) return false;
  // A file without a name (O_TMPFILE) is nobody's business, unless it had one when it was opened.
  if (file->deleted && known == known_.end()) return false;
  pending.file = file;
  return true;
}

bool Watcher::all_outcomes_known(const PendingCall& pending) const {
  for (const auto& path : pending.paths) {
    if (!path.readable) return false;
    if (!path.names_something()) continue;
    const auto found = outcomes_.find(joined(path));
    if (found == outcomes_.end()) return false;
    const LookupUse& known = found->second;
    if (!known.found || !known.missing || !known.denied) return false;
    if (pending.asks_to_write && !known.writable) return false;
  }
  return true;
}

void Watcher::note_lookup(const PathArgument& path, int error) {
  bool& known = outcomes_[joined(path)].*outcome_of(error);
  if (known) return;
  known = true;
  recorder_.lookup(path.base, path.text, error);
}

void Watcher::leave(const TaskView& task, const PendingCall& pending, int64_t result) {
  const int error = error_of(result);
  if (pending.watched->changes_mounts) files_->forget_mounts();
  if (pending.watched->is_io_uring_setup && error == 0)
    recorder_.loss("io_uring_paths", 1,
                   "the program used io_uring, whose opens and sockets make no system calls");
  switch (pending.kind) {
    case CallKind::none:
      return;
    case CallKind::open:
    case CallKind::open_how:
      if (is_restart(error)) return;  // it comes again
      end_paths(pending, error);
      if (error == 0) end_open(task, pending, result);
      return;
    case CallKind::lookup:
    case CallKind::access:
    case CallKind::exec:
      if (!is_restart(error)) end_paths(pending, error);
      return;
    case CallKind::list:
    case CallKind::map: {
      if (error != 0) return;
      const int fd = pending.call.int_arg(pending.watched->call.fd_arg);
      auto file = files_->file(task.tid, RemoteLink::fd(fd));
      // The descriptor may belong to another file by now, if another thread was quick.
      if (file && file->path == pending.file->path)
        record_file(*file, pending.kind == CallKind::list ? kListed : kMapped);
      return;
    }
    default:
      end_socket(task, pending, result);
      return;
  }
}

void Watcher::end_paths(const PendingCall& pending, int error) {
  for (const auto& path : pending.paths) {
    if (!path.readable && error != EFAULT)
      recorder_.loss("strings_unreadable", 1, "a path argument could not be read from memory");
    if (!path.names_something()) continue;
    note_lookup(path, error);
    if (!pending.asks_to_write || error != 0) continue;
    outcomes_[joined(path)].writable = true;
    recorder_.may_write(path.base, path.text);
  }
}

void Watcher::record_file(const RemoteFile& file, uint32_t access) {
  if (file.too_long) {
    recorder_.loss("paths_truncated", 1, "the path of a file is longer than the kernel can tell");
    return;
  }
  uint32_t& known = known_[file.path];
  if ((known & access) == access) return;
  known |= access;
  recorder_.file(file.path, access, file.on_rootfs);
}

void Watcher::end_open(const TaskView& task, const PendingCall& pending, int64_t result) {
  uint32_t access = open_access(pending.open_flags);
  const bool is_temporary = (pending.open_flags & O_TMPFILE) == O_TMPFILE;
  auto file = files_->file(task.tid, RemoteLink::fd(static_cast<int>(result)));
  if (!file && !pending.paths.empty()) {
    // Another thread has closed it already (or it is no file): what the path leads to now.
    const auto& path = pending.paths.front();
    const Fd fd = files_->open(task.tid, path.base, path.text, 0);
    if (fd) file = files_->file(task.tid, fd);
  }
  if (!file || (file->deleted && is_temporary)) return;
  if ((pending.open_flags & O_CREAT) && !pending.existed) access |= kCreated;
  record_file(*file, access);
}

}  // namespace slim::trace
