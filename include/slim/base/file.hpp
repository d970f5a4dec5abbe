// SPDX-License-Identifier: Apache-2.0
// Whole-file helpers, atomic replacement, temporary directories, advisory locks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"

namespace slim {

Result<std::string> read_file(const std::string& path);
Result<std::string> read_all(const Fd& fd, const std::string& name);
// Loops over short writes and EINTR; `name` is for the error.
Result<void> write_all(const Fd& fd, std::string_view bytes, const std::string& name);

// The names in a directory, sorted, without "." and ".."; none if it does not exist.
Result<std::vector<std::string>> names_in(const std::string& directory);

// Replaces `path` with `bytes` or leaves it as it was: temporary file beside it, fsync, rename,
// fsync of the directory.
Result<void> write_file_atomically(const std::string& path, std::string_view bytes,
                                   unsigned mode = 0644);

// A file that appears under its name only when commit() succeeds; otherwise it is removed.
class AtomicFile {
 public:
  static Result<AtomicFile> create(const std::string& path, unsigned mode = 0644);
  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();
  const Fd& fd() const { return fd_; }
  const std::string& temporary_path() const { return temporary_; }
  Result<void> commit();

 private:
  AtomicFile(Fd fd, std::string temporary, std::string path)
      : fd_(std::move(fd)), temporary_(std::move(temporary)), path_(std::move(path)) {}
  Fd fd_;
  std::string temporary_;
  std::string path_;
};

// mkdir -p.
Result<void> make_directories(const std::string& path, unsigned mode = 0755);
// rm -rf that never follows a symlink, never leaves `path`'s file system and copes with any depth.
// Something that does not exist is removed already.
Result<void> remove_tree(const std::string& path);

// A directory that is removed, with all in it, when the handle goes away.
class TempDir {
 public:
  // `parent`/PREFIX-XXXXXX, mode 0700.
  static Result<TempDir> create(const std::string& parent, const std::string& prefix);
  TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempDir& operator=(TempDir&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~TempDir();
  const std::string& path() const { return path_; }
  std::string release() { return std::exchange(path_, {}); }

 private:
  explicit TempDir(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// An exclusive flock(2) on a file, which is created if need be. The kernel drops it with the
// process, so a lock that can be had means that its last owner is gone.
class FileLock {
 public:
  static Result<FileLock> acquire(const std::string& path);                     // waits
  static Result<std::optional<FileLock>> try_acquire(const std::string& path);  // does not
  static Result<std::optional<FileLock>> try_acquire_directory(const std::string& path);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace slim
