// SPDX-License-Identifier: Apache-2.0
#include "container/in_root.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
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

namespace {

constexpr unsigned kMostLinks = 40;  // as the kernel follows

// What is asked of a directory that is not there.
struct Missing {
  const Fd& root;
  const Fd& parent;
  std::string above, name;  // of its path in the root
  std::string path() const { return above + "/" + name; }
};

Result<Fd> make_all(const Fd& root, const std::string& path, unsigned links);

// mkdir(2) takes a symlink that leads nowhere for something: where it leads to is made.
Result<Fd> make_target(const Missing& missing, unsigned links) {
  char target[PATH_MAX];
  const ssize_t length =
      ::readlinkat(missing.parent.get(), missing.name.c_str(), target, sizeof target);
  if (length <= 0 || links == 0)
    return fail(ErrorCode::container,
                "cannot create " + escape_bytes(missing.path()) + " in the container: " +
                    (links == 0 ? "too many symlinks" : "something is in its place"));
  const std::string_view leads(target, static_cast<size_t>(length));
  return make_all(missing.root,
                  leads.starts_with('/') ? std::string(leads)
                                         : missing.above + "/" + std::string(leads),
                  links - 1);
}

Result<Fd> make_one(const Missing& missing, unsigned links) {
  if (::mkdirat(missing.parent.get(), missing.name.c_str(), 0755) != 0) {
    if (errno == EEXIST) return make_target(missing, links);
    return fail_errno("cannot create " + escape_bytes(missing.path()) + " in the container");
  }
  // The umask is not the container's business.
  (void)::fchmodat(missing.parent.get(), missing.name.c_str(), 0755, 0);
  return open_in_root(missing.root, missing.path(), O_PATH | O_DIRECTORY);
}

// ".." in a path goes up from where the symlinks before it lead to.
Result<Fd> make_all(const Fd& root, const std::string& path, unsigned links) {
  SLIM_TRY(Fd parent, open_in_root(root, "/", O_PATH | O_DIRECTORY));
  std::string above;
  for (const auto part : components(path)) {
    const Missing missing{root, parent, above, std::string(part)};
    auto next = open_in_root(root, missing.path(), O_PATH | O_DIRECTORY);
    if (!next && next.error().code() == ErrorCode::not_found) next = make_one(missing, links);
    if (!next)
      return tl::unexpected<Error>(
          std::move(next).error().context("cannot use a directory of the container"));
    above = missing.path();
    parent = std::move(*next);
  }
  return parent;
}

}  // namespace

Result<Fd> make_directories_in_root(const Fd& root, const std::string& path) {
  return make_all(root, clean_path(path), kMostLinks);
}

}  // namespace slim::container
