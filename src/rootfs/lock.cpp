// SPDX-License-Identifier: Apache-2.0
#include "rootfs/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <memory>
#include <thread>

namespace slim::rootfs {

namespace {

// A lock on a file that was unlinked meanwhile excludes nobody.
bool still_named(const Fd& fd, const std::string& path) {
  struct stat ours, named;
  return ::fstat(fd.get(), &ours) == 0 && ::stat(path.c_str(), &named) == 0 &&
         ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

int operation(LockKind kind) { return kind == LockKind::shared ? LOCK_SH : LOCK_EX; }

// flock(2) has no deadline and cannot be polled, so a thread waits in it. When the caller gives up,
// the thread is left behind; what it gets it drops at once.
struct Waiting {
  Fd file, done;
  int error_number = 0;
};

Result<Fd> wait_for_lock(Fd file, const std::string& path, LockKind kind,
                         const Interrupt& interrupt) {
  auto waiting = std::make_shared<Waiting>();
  waiting->file = std::move(file);
  SLIM_TRY(waiting->done, make_eventfd());
  std::thread([waiting, kind] {
    while (::flock(waiting->file.get(), operation(kind)) != 0) {
      if (errno == EINTR) continue;
      waiting->error_number = errno;
      break;
    }
    signal_eventfd(waiting->done);
  }).detach();
  SLIM_CHECK_CONTEXT(wait_readable({waiting->done.get()}, interrupt, std::nullopt),
                     "waiting for " + path);
  if (waiting->error_number != 0) return fail_errno("cannot lock " + path, waiting->error_number);
  return std::move(waiting->file);
}

}  // namespace

Result<std::optional<Fd>> try_lock_file(const std::string& path, LockKind kind) {
  for (;;) {
    SLIM_TRY(Fd fd, open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600));
    while (::flock(fd.get(), operation(kind) | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return std::nullopt;
      if (errno != EINTR) return fail_errno("cannot lock " + path);
    }
    if (still_named(fd, path)) return std::optional<Fd>(std::move(fd));
  }
}

Result<Fd> lock_file(const std::string& path, LockKind kind, const Interrupt& interrupt) {
  for (;;) {
    SLIM_TRY(std::optional<Fd> free, try_lock_file(path, kind));
    if (free) return std::move(*free);
    SLIM_TRY(Fd fd, open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600));
    SLIM_TRY(fd, wait_for_lock(std::move(fd), path, kind, interrupt));
    if (still_named(fd, path)) return fd;
  }
}

}  // namespace slim::rootfs
