// SPDX-License-Identifier: Apache-2.0
#include "slim/base/path.hpp"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace slim {

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.push_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string join_path(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  if (name.empty()) return std::string(directory);
  std::string joined(directory);
  while (joined.size() > 1 && joined.back() == '/') joined.pop_back();
  while (!name.empty() && name.front() == '/') name.remove_prefix(1);
  if (joined != "/") joined += '/';
  return joined.append(name);
}

std::string clean_path(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const auto part : components(path)) {
    if (part != "..")
      kept.push_back(part);
    else if (!kept.empty())
      kept.pop_back();
  }
  std::string clean;
  for (const auto part : kept) clean.append("/").append(part);
  return clean.empty() ? "/" : clean;
}

namespace {

int openat2(int directory, const char* path, int flags, unsigned mode, uint64_t resolve) {
  open_how how = {};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) how.mode = mode;
  how.resolve = resolve;
  for (;;) {
    const long fd = ::syscall(SYS_openat2, directory, path, &how, sizeof how);
    // RESOLVE_IN_ROOT answers EAGAIN when a rename somewhere raced with a ".." component.
    if (fd >= 0 || errno != EAGAIN) return static_cast<int>(fd);
  }
}

// Opens in the root in as many steps as PATH_MAX asks for.
Result<Fd> open_steps(const Fd& root, const std::string& path, int flags, unsigned mode,
                      uint64_t resolve) {
  std::string_view rest = path;
  while (rest.starts_with('/')) rest.remove_prefix(1);
  Fd directory;
  while (rest.size() >= PATH_MAX - 1) {
    const auto cut = rest.rfind('/', PATH_MAX - 2);
    if (cut == std::string_view::npos) return fail_errno(escape_bytes(path), ENAMETOOLONG);
    const std::string piece(rest.substr(0, cut));
    Fd next(openat2(directory ? directory.get() : root.get(), piece.c_str(),
                    O_PATH | O_DIRECTORY, 0, resolve));
    if (!next) return fail_errno(escape_bytes(path));
    directory = std::move(next);
    rest.remove_prefix(cut + 1);
  }
  const std::string last(rest.empty() ? "." : rest);
  Fd fd(openat2(directory ? directory.get() : root.get(), last.c_str(), flags, mode, resolve));
  if (!fd) return fail_errno(escape_bytes(path));
  return fd;
}

}  // namespace

Result<Fd> open_in_root(const Fd& root, const std::string& path, int flags, unsigned mode) {
  if (path.size() >= PATH_MAX) return fail_errno(escape_bytes(path), ENAMETOOLONG);
  Fd fd(openat2(root.get(), path.empty() ? "." : path.c_str(), flags, mode,
                RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
  if (!fd) return fail_errno(escape_bytes(path));
  return fd;
}

Result<Fd> open_beneath(const Fd& root, const std::string& path, int flags, unsigned mode) {
  return open_steps(root, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

}  // namespace slim
