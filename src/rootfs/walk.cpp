// SPDX-License-Identifier: Apache-2.0
#include "rootfs/walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>

#include "slim/rootfs/whiteout.hpp"
#include "slim/base/fd.hpp"
#include "slim/base/path.hpp"

namespace slim::rootfs {

using image::Entry;
using image::EntryType;

namespace {

constexpr std::string_view kOverlay = "trusted.overlay.";

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// What the host's security modules write on every file; Docker, too, leaves it out of layers.
bool belongs_to_the_host(std::string_view name) {
  return name == "security.selinux" || name == "security.ima" || name == "security.evm" ||
         name.starts_with("security.SMACK64");
}

EntryType type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return EntryType::directory;
    case S_IFLNK: return EntryType::symlink;
    case S_IFIFO: return EntryType::fifo;
    case S_IFCHR: return EntryType::char_device;
    case S_IFBLK: return EntryType::block_device;
    default: return EntryType::file;
  }
}

class Walker {
 public:
  explicit Walker(const Interrupt& interrupt) : interrupt_(interrupt) {}

  Result<std::vector<Entry>> run(const std::string& directory) {
    SLIM_TRY(const Fd root, open_file(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    struct stat status;
    if (::fstat(root.get(), &status) != 0) return fail_errno(directory);
    device_ = status.st_dev;
    SLIM_CHECK(add(root, ".", "", status));
    // Engines do not give a layer's root the time that its tar may have for it. What it has then is
    // when the last name was added, on this host; who sets a time changes the status after that.
    const timespec &changed = status.st_ctim, &modified = status.st_mtim;
    if (changed.tv_sec == modified.tv_sec && changed.tv_nsec == modified.tv_nsec)
      found_.back().entry.mtime = {};
    // No recursion and no descriptor held open a level: an image may be as deep as it likes.
    std::vector<std::string> pending{""};
    while (!pending.empty()) {
      const std::string path = std::move(pending.back());
      pending.pop_back();
      SLIM_CHECK(walk(root, path, pending));
    }
    return sorted();
  }

 private:
  struct Found {
    Entry entry;
    ino_t inode = 0;  // of a file with several names, else 0
  };

  Result<void> walk(const Fd& root, const std::string& path, std::vector<std::string>& pending) {
    SLIM_CHECK(interrupt_.check());
    SLIM_TRY(const Fd here, open_beneath(root, path, O_RDONLY | O_DIRECTORY | O_NOATIME));
    SLIM_TRY(Fd listed, duplicate(here));
    const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(listed.get()));
    if (!directory) return fail_errno("cannot list '" + escape_bytes(path) + "'");
    listed.release();
    errno = 0;
    while (const dirent* name = ::readdir(directory.get())) {
      const std::string text = name->d_name;
      if (text == "." || text == "..") continue;
      SLIM_TRY(const bool is_directory, visit(here, text, path));
      if (is_directory) pending.push_back(join_path(path, text));
      errno = 0;
    }
    if (errno != 0) return fail_errno("cannot list '" + escape_bytes(path) + "'");
    return {};
  }

  // Whether it is a directory to be walked.
  Result<bool> visit(const Fd& directory, const std::string& name, const std::string& parent) {
    const std::string path = join_path(parent, name);
    struct stat status;
    if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      return fail_errno("cannot read '" + escape_bytes(path) + "'");
    if (status.st_dev != device_)
      return fail(ErrorCode::unsupported, "something is mounted in the engine's layer at '" +
                                              escape_bytes(path) + "'");
    if (name.starts_with(kWhiteoutPrefix))
      return fail(ErrorCode::unsupported, "'" + escape_bytes(path) +
                                              "' has the name of a whiteout, which no image holds");
    if (S_ISCHR(status.st_mode) && status.st_rdev == 0) {
      mark(whiteout_of(path));
      return false;
    }
    SLIM_CHECK(add(directory, name, path, status));
    return S_ISDIR(status.st_mode);
  }

  void mark(std::string path) {
    Found found;
    found.entry.path = std::move(path);
    found_.push_back(std::move(found));
  }

  Result<void> add(const Fd& directory, const std::string& name, const std::string& path,
                   const struct stat& status) {
    Found found;
    Entry& entry = found.entry;
    entry.path = path;
    entry.type = type_of(status.st_mode);
    entry.mode = status.st_mode & 07777;
    entry.uid = status.st_uid;
    entry.gid = status.st_gid;
    entry.mtime = {status.st_mtim.tv_sec, static_cast<uint32_t>(status.st_mtim.tv_nsec)};
    if (entry.type == EntryType::file) entry.size = static_cast<uint64_t>(status.st_size);
    if (entry.type == EntryType::char_device || entry.type == EntryType::block_device) {
      entry.device_major = ::major(status.st_rdev);
      entry.device_minor = ::minor(status.st_rdev);
    }
    if (entry.type == EntryType::symlink) {
      SLIM_TRY(entry.target, read_link(directory, name, path));
    }
    SLIM_CHECK(add_xattrs(directory, name, entry));
    if (entry.type != EntryType::directory && status.st_nlink > 1) found.inode = status.st_ino;
    found_.push_back(std::move(found));
    return {};
  }

  Result<std::string> read_link(const Fd& directory, const std::string& name,
                                const std::string& path) {
    std::string target(4096, '\0');  // PATH_MAX, more than a symlink can hold
    const ssize_t length =
        ::readlinkat(directory.get(), name.c_str(), target.data(), target.size());
    if (length < 0) return fail_errno("cannot read '" + escape_bytes(path) + "'");
    target.resize(static_cast<size_t>(length));
    return target;
  }

  Result<void> add_xattrs(const Fd& directory, const std::string& name, Entry& entry) {
    // Through the descriptor, and yet not following the last symlink.
    const std::string file = "/proc/self/fd/" + std::to_string(directory.get()) + "/" + name;
    const auto failed = [&] {
      return fail_errno("cannot read the attributes of '" + escape_bytes(entry.path) + "'");
    };
    ssize_t length = ::llistxattr(file.c_str(), names_.data(), names_.size());
    if (length == 0 || (length < 0 && errno == EOPNOTSUPP)) return {};
    if (length < 0) return failed();
    for (std::string_view rest(names_.data(), static_cast<size_t>(length)); !rest.empty();) {
      const std::string key(rest.substr(0, rest.find('\0')));
      rest.remove_prefix(key.size() + 1);
      if (belongs_to_the_host(key)) continue;
      const ssize_t size = ::lgetxattr(file.c_str(), key.c_str(), value_.data(), value_.size());
      if (size < 0) return failed();
      const std::string value(value_.data(), static_cast<size_t>(size));
      if (key.starts_with(kOverlay))
        SLIM_CHECK(interpret(std::string_view(key).substr(kOverlay.size()), value, entry));
      else
        entry.xattrs[key] = value;
    }
    return {};
  }

  Result<void> interpret(std::string_view key, const std::string& value, const Entry& entry) {
    if (key == "opaque" && value == "y") {
      mark(opaque_of(entry.path));
    } else if (key == "redirect" || key == "metacopy" || key == "whiteout" || key == "opaque") {
      return fail(ErrorCode::unsupported, "the engine's layer has the overlayfs feature '" +
                                              std::string(key) + "' at '" +
                                              escape_bytes(entry.path) + "'");
    }
    return {};  // origin, impure, nlink, uuid: notes of the mount that made it
  }

  std::vector<Entry> sorted() {
    std::sort(found_.begin(), found_.end(),
              [](const Found& a, const Found& b) { return a.entry.path < b.entry.path; });
    std::map<ino_t, std::string> first_names;
    std::vector<Entry> entries;
    entries.reserve(found_.size());
    for (Found& found : found_) {
      const auto [first, is_first] = found.inode == 0
                                         ? std::pair(first_names.end(), true)
                                         : first_names.emplace(found.inode, found.entry.path);
      if (is_first) {
        entries.push_back(std::move(found.entry));
        continue;
      }
      Entry link;
      link.path = std::move(found.entry.path);
      link.type = EntryType::hardlink;
      link.target = first->second;
      entries.push_back(std::move(link));
    }
    return entries;
  }

  const Interrupt& interrupt_;
  dev_t device_ = 0;
  std::vector<Found> found_;
  std::vector<char> names_ = std::vector<char>(64 << 10), value_ = std::vector<char>(64 << 10);
};

}  // namespace

Result<std::vector<Entry>> walk_layer(const std::string& directory, const Interrupt& interrupt) {
  auto entries = Walker(interrupt).run(directory);
  if (!entries) return tl::unexpected<Error>(std::move(entries).error().context(directory));
  return entries;
}

}  // namespace slim::rootfs
