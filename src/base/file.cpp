// SPDX-License-Identifier: Apache-2.0
#include "slim/base/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "slim/base/path.hpp"

namespace slim {

Result<std::string> read_all(const Fd& fd, const std::string& name) {
  std::string bytes;
  struct stat status;
  if (::fstat(fd.get(), &status) == 0 && status.st_size > 0)
    bytes.reserve(static_cast<size_t>(status.st_size) + 1);
  char buffer[64 << 10];
  for (;;) {
    const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("cannot read " + name);
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(count));
  }
}

Result<std::string> read_file(const std::string& path) {
  SLIM_TRY(const Fd fd, open_file(path, O_RDONLY));
  return read_all(fd, path);
}

Result<void> write_all(const Fd& fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("cannot write " + name);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Result<void> write_file_atomically(const std::string& path, std::string_view bytes,
                                   unsigned mode) {
  SLIM_TRY(AtomicFile file, AtomicFile::create(path, mode));
  SLIM_CHECK(write_all(file.fd(), bytes, path));
  return file.commit();
}

Result<AtomicFile> AtomicFile::create(const std::string& path, unsigned mode) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "./" : path.substr(0, slash + 1);
  std::string temporary = directory + "." + std::string(name_of(path)) + ".XXXXXX";
  Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return fail_errno("cannot create " + path);
  AtomicFile file(std::move(fd), std::move(temporary), path);
  if (::fchmod(file.fd_.get(), mode) != 0) return fail_errno("cannot create " + path);
  return file;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : fd_(std::move(other.fd_)),
      temporary_(std::exchange(other.temporary_, {})),
      path_(std::move(other.path_)) {}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<void> AtomicFile::commit() {
  if (::fsync(fd_.get()) != 0) return fail_errno("cannot write " + path_);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return fail_errno("cannot create " + path_);
  const std::string directory(parent_of(temporary_));
  temporary_.clear();
  SLIM_TRY(const Fd opened, open_file(directory.empty() ? "/" : directory, O_RDONLY | O_DIRECTORY));
  if (::fsync(opened.get()) != 0) return fail_errno("cannot write " + path_);
  return {};
}

Result<void> make_directories(const std::string& path, unsigned mode) {
  struct stat status;
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return {};
    return fail(ErrorCode::io, path + " exists and is not a directory");
  }
  std::string so_far = path.starts_with('/') ? "/" : "";
  for (const auto part : components(path)) {
    so_far = so_far == "/" ? "/" + std::string(part) : join_path(so_far, part);
    if (::mkdir(so_far.c_str(), mode) != 0 && errno != EEXIST)
      return fail_errno("cannot create the directory " + so_far);
  }
  if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    return fail(ErrorCode::io, path + " exists and is not a directory");
  return {};
}

Result<TempDir> TempDir::create(const std::string& parent, const std::string& prefix) {
  std::string path = join_path(parent, prefix + "-XXXXXX");
  if (::mkdtemp(path.data()) == nullptr)
    return fail_errno("cannot create a temporary directory in " + parent);
  return TempDir(std::move(path));
}

TempDir::~TempDir() {
  if (!path_.empty()) (void)remove_tree(path_);
}

namespace {

Result<std::optional<Fd>> lock_file(const std::string& path, int operation,
                                    int flags = O_RDWR | O_CREAT) {
  for (;;) {
    SLIM_TRY(Fd fd, open_file(path, flags, 0600));
    while (::flock(fd.get(), operation) != 0) {
      if (errno == EWOULDBLOCK) return std::nullopt;
      if (errno != EINTR) return fail_errno("cannot lock " + path);
    }
    // The last owner may have removed the file between our open and our lock; a lock on an
    // unlinked file excludes nobody.
    struct stat ours, named;
    if (::fstat(fd.get(), &ours) == 0 && ::stat(path.c_str(), &named) == 0 &&
        ours.st_ino == named.st_ino && ours.st_dev == named.st_dev)
      return std::optional<Fd>(std::move(fd));
  }
}

}  // namespace

Result<FileLock> FileLock::acquire(const std::string& path) {
  SLIM_TRY(std::optional<Fd> fd, lock_file(path, LOCK_EX));
  if (!fd) return fail(ErrorCode::io, "cannot lock " + path + ": it is in use");
  return FileLock(std::move(*fd));
}

Result<std::optional<FileLock>> FileLock::try_acquire(const std::string& path) {
  SLIM_TRY(std::optional<Fd> fd, lock_file(path, LOCK_EX | LOCK_NB));
  if (!fd) return std::nullopt;
  return FileLock(std::move(*fd));
}

Result<std::optional<FileLock>> FileLock::try_acquire_directory(const std::string& path) {
  SLIM_TRY(std::optional<Fd> fd, lock_file(path, LOCK_EX | LOCK_NB, O_RDONLY | O_DIRECTORY));
  if (!fd) return std::nullopt;
  return FileLock(std::move(*fd));
}

Result<std::vector<std::string>> names_in(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
  std::vector<std::string> names;
  if (!open && errno == ENOENT) return names;
  if (!open) return fail_errno("cannot list " + directory);
  errno = 0;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) return fail_errno("cannot list " + directory);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace slim
