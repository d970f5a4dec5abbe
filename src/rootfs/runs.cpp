// SPDX-License-Identifier: Apache-2.0
// Scratch directories of runs. A run's directory exists only while its lock file does, and is made
// after the lock was taken, so one whose lock can be had is a dead run's.
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rootfs/lock.hpp"
#include "rootfs/store_state.hpp"
#include "slim/base/file.hpp"
#include "slim/base/log.hpp"
#include "slim/base/path.hpp"

namespace slim::rootfs {

namespace {

constexpr std::string_view kLockSuffix = ".lock";
constexpr std::string_view kScratch = "read";

Result<std::string> random_hex() {
  unsigned char bytes[6];
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return fail_errno("getrandom");
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

Result<void> remove_run(const std::string& directory) {
  // There is a mount left only if it was not in a private mount namespace.
  (void)::umount2((directory + "/rootfs").c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  SLIM_CHECK(remove_tree(directory));
  ::unlink((directory + std::string(kLockSuffix)).c_str());
  return {};
}

}  // namespace

Result<Store::Scratch> Store::new_scratch() {
  for (;;) {
    SLIM_TRY(TempDir made, TempDir::create(state_->directory, std::string(kScratch)));
    // Until it is locked somebody who opens the store may take it for a dead process's.
    auto lock = FileLock::try_acquire_directory(made.path());
    struct stat status;
    const bool exists = ::lstat(made.path().c_str(), &status) == 0;
    if (lock && *lock && exists) return Scratch{std::move(**lock), std::move(made)};
    if (!lock && exists) return tl::unexpected<Error>(lock.error());
  }
}

Result<void> remove_dead_scratch(const std::string& store) {
  SLIM_TRY(const auto names, names_in(store));
  for (const std::string& name : names) {
    if (!name.starts_with(std::string(kScratch) + "-")) continue;
    const std::string directory = join_path(store, name);
    const auto lock = FileLock::try_acquire_directory(directory);
    if (lock && *lock) SLIM_CHECK(remove_tree(directory));
  }
  return {};
}

Store::Run::Run(Run&& other) noexcept
    : id_(std::move(other.id_)),
      directory_(std::exchange(other.directory_, {})),
      lock_(std::move(other.lock_)) {}

Store::Run::~Run() {
  if (directory_.empty()) return;
  if (const auto removed = remove_run(directory_); !removed)
    logger("rootfs")->warn("cannot clean up: {}", removed.error().text());
}

Result<Store::Run> Store::new_run() {
  for (;;) {
    SLIM_TRY(const std::string hex, random_hex());
    const std::string id = "slim-" + hex;
    const std::string directory = state_->directory + "/runs/" + id;
    SLIM_TRY(auto lock,
             try_lock_file(directory + std::string(kLockSuffix), LockKind::exclusive));
    if (!lock) continue;
    if (::mkdir(directory.c_str(), 0700) == 0) return Run(id, directory, std::move(*lock));
    if (errno != EEXIST) return fail_errno("cannot create " + directory);
  }
}

Result<void> Store::collect_stale_runs(
    const std::function<void(const std::string& id, const std::string& directory)>& clean) {
  SLIM_TRY(const auto names, names_in(state_->directory + "/runs"));
  for (const std::string& name : names) {
    const std::string path = state_->directory + "/runs/" + name;
    const bool is_lock = name.ends_with(kLockSuffix);
    const std::string directory =
        is_lock ? path.substr(0, path.size() - kLockSuffix.size()) : path;
    SLIM_TRY(const auto lock,
             try_lock_file(directory + std::string(kLockSuffix), LockKind::exclusive));
    if (!lock) continue;
    struct stat status;
    const bool exists = ::lstat(directory.c_str(), &status) == 0;
    if (exists && clean) clean(directory.substr(directory.rfind('/') + 1), directory);
    SLIM_CHECK_CONTEXT(remove_run(directory), "a run that died before");
  }
  return {};
}

}  // namespace slim::rootfs
