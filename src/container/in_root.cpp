// SPDX-License-Identifier: Apache-2.0
#include "container/in_root.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "slim/base/path.hpp"

namespace slim::container {

Result<std::string> read_text_in_root(const Fd& root, const std::string& path, size_t limit) {
  // O_PATH first: opening a device or a FIFO for reading could block or do something.
  const auto found = open_in_root(root, path, O_PATH);
  struct stat status;
  if (!found || ::fstat(found->get(), &status) != 0 || S_ISDIR(status.st_mode)) return "";
  if (!S_ISREG(status.st_mode))
    return fail(ErrorCode::container, "the image's " + path + " is not a regular file");
  const auto file = open_file("/proc/self/fd/" + std::to_string(found->get()), O_RDONLY);
  if (!file) return "";
  std::string text;
  char buffer[16 << 10];
  while (text.size() < limit) {
    const ssize_t count = ::read(file->get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return "";
    if (count == 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  if (text.size() > limit) text.resize(limit);
  return text;
}

Result<Fd> make_directories_in_root(const Fd& root, const std::string& path) {
  SLIM_TRY(Fd parent, open_in_root(root, "/", O_PATH | O_DIRECTORY));
  std::string prefix;
  const std::string whole = clean_path(path);
  for (const auto part : components(whole)) {
    const std::string name(part);
    prefix += "/" + name;
    auto next = open_in_root(root, prefix, O_PATH | O_DIRECTORY);
    if (!next && next.error().code() == ErrorCode::not_found) {
      if (::mkdirat(parent.get(), name.c_str(), 0755) != 0)
        return fail_errno("cannot create " + escape_bytes(prefix) + " in the container");
      // The umask is not the container's business.
      (void)::fchmodat(parent.get(), name.c_str(), 0755, 0);
      next = open_in_root(root, prefix, O_PATH | O_DIRECTORY);
    }
    if (!next)
      return tl::unexpected<Error>(
          std::move(next).error().context("cannot use a directory of the container"));
    parent = std::move(*next);
  }
  return parent;
}

}  // namespace slim::container
