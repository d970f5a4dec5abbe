// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "slim/base/file.hpp"
#include "slim/base/path.hpp"

namespace slim {

namespace {

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

struct Level {
  Directory stream;
  std::string name;  // within the level above
};

Result<Directory> open_directory(int parent, const char* name, dev_t device,
                                 const std::string& top) {
  Fd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return fail_errno("cannot remove " + top + ": " + name);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return fail_errno("cannot remove " + top);
  if (device != 0 && status.st_dev != device)
    return fail(ErrorCode::busy, "cannot remove " + top + ": " + name +
                                     " is a mount point; unmount it first");
  DIR* stream = ::fdopendir(fd.get());
  if (stream == nullptr) return fail_errno("cannot remove " + top);
  fd.release();
  return Directory(stream, ::closedir);
}

bool is_dot(const char* name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

// Depth first with an explicit stack; its depth is bounded by open descriptors, so deep trees
// are flattened: a directory nested deeper than this is moved up to the top and done from there.
constexpr size_t kMaxDepth = 200;

Result<void> remove_contents(int top_fd, dev_t device, const std::string& top, size_t& moved) {
  std::vector<Level> stack;
  SLIM_TRY(Directory first, open_directory(top_fd, ".", device, top));
  stack.push_back({std::move(first), ""});
  while (!stack.empty()) {
    const int here = ::dirfd(stack.back().stream.get());
    errno = 0;
    const dirent* entry = ::readdir(stack.back().stream.get());
    if (entry == nullptr) {
      if (errno != 0) return fail_errno("cannot remove " + top);
      const std::string name = stack.back().name;
      stack.pop_back();
      if (stack.empty()) break;
      const int above = ::dirfd(stack.back().stream.get());
      if (::unlinkat(above, name.c_str(), AT_REMOVEDIR) != 0)
        return fail_errno("cannot remove " + top + ": " + name);
      continue;
    }
    if (is_dot(entry->d_name)) continue;
    if (::unlinkat(here, entry->d_name, 0) == 0 || errno == ENOENT) continue;
    if (errno != EISDIR && errno != EPERM)
      return fail_errno("cannot remove " + top + ": " + entry->d_name);
    if (stack.size() < kMaxDepth) {
      SLIM_TRY(Directory below, open_directory(here, entry->d_name, device, top));
      stack.push_back({std::move(below), entry->d_name});
      continue;
    }
    const std::string flat = ".slim-flattened-" + std::to_string(moved++);
    if (::renameat(here, entry->d_name, top_fd, flat.c_str()) != 0)
      return fail_errno("cannot remove " + top + ": " + entry->d_name);
  }
  return {};
}

}  // namespace

Result<void> remove_tree(const std::string& path) {
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return fail_errno("cannot remove " + path);
  }
  if (!S_ISDIR(status.st_mode)) {
    if (::unlink(path.c_str()) != 0) return fail_errno("cannot remove " + path);
    return {};
  }
  SLIM_TRY(const Fd top, open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  // Moving deep directories up adds names to the top after they were read: until it is empty.
  size_t moved = 0;
  for (;;) {
    SLIM_CHECK(remove_contents(top.get(), status.st_dev, path, moved));
    if (::rmdir(path.c_str()) == 0) return {};
    if (errno != ENOTEMPTY && errno != EEXIST) return fail_errno("cannot remove " + path);
  }
}

}  // namespace slim
