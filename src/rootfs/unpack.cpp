// SPDX-License-Identifier: Apache-2.0
#include "rootfs/unpack.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <list>
#include <optional>

#include "rootfs/attributes.hpp"
#include "rootfs/layer_tree.hpp"
#include "slim/rootfs/whiteout.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"

namespace slim::rootfs {

using image::Entry;
using image::EntryType;

namespace {

// Open directories of the layer, most recently used first, so that most files need no path walk.
class Directories {
 public:
  explicit Directories(const Fd& root) : root_(root) {}

  Result<const Fd*> open(const std::string& path) {
    for (auto each = open_.begin(); each != open_.end(); ++each) {
      if (each->first != path) continue;
      open_.splice(open_.begin(), open_, each);
      return &open_.front().second;
    }
    SLIM_TRY(Fd fd, open_beneath(root_, path, O_PATH | O_DIRECTORY));
    if (open_.size() == kMost) open_.pop_back();
    open_.emplace_front(path, std::move(fd));
    return &open_.front().second;
  }
  // After something was removed, which may have been one of them.
  void clear() { open_.clear(); }

 private:
  static constexpr size_t kMost = 16;
  const Fd& root_;
  std::list<std::pair<std::string, Fd>> open_;
};

constexpr uint64_t kReportBytes = 8 << 20;

class Unpacker {
 public:
  Unpacker(image::LayerReader& reader, const Fd& root, const Interrupt& interrupt,
           const UnpackProgress& progress)
      : reader_(reader), root_(root), interrupt_(interrupt), progress_(progress), open_(root) {}

  Result<UnpackedLayer> run() {
    for (;;) {
      SLIM_CHECK(interrupt_.check());
      SLIM_TRY(std::optional<Entry> entry, reader_.next());
      if (!entry) break;
      const std::string path = entry->path;
      SLIM_CHECK_CONTEXT(add(std::move(*entry)), "entry '" + escape_bytes(path) + "'");
      if (++files_ % 256 == 0) report();
    }
    tree_.settle();
    SLIM_CHECK(make_whiteouts());
    SLIM_CHECK(finish_directories());
    report();
    return UnpackedLayer{tree_.entries(), bytes_};
  }

 private:
  Result<void> add(Entry entry) {
    SLIM_TRY(const Change change, classify(entry.path));
    if (change.kind == Change::Kind::ignore) return {};
    if (change.kind == Change::Kind::opaque) {
      SLIM_TRY(std::string directory, enter(change.path));
      tree_.make_opaque(std::move(directory));
      return {};
    }
    if (entry.path.empty()) {
      tree_.put(std::move(entry));
      return {};
    }
    const std::string name(name_of(change.path));
    SLIM_TRY(const std::string parent, enter(parent_of(change.path)));
    std::string path = join_path(parent, name);
    // A character device 0/0 is a whiteout to overlayfs, so it is one here as well.
    const bool hides = change.kind == Change::Kind::remove ||
                       (entry.type == EntryType::char_device && entry.device_major == 0 &&
                        entry.device_minor == 0);
    if (hides) {
      tree_.hide(std::move(path));
      return {};
    }
    entry.path = std::move(path);
    return place(parent, name, std::move(entry));
  }

  Result<std::string> enter(std::string_view parent) {
    return tree_.enter(parent, [&](const std::string& directory) {
      return make_directory(directory);
    });
  }

  Result<void> make_directory(const std::string& path) {
    SLIM_TRY(const Fd* parent, open_.open(std::string(parent_of(path))));
    if (::mkdirat(parent->get(), std::string(name_of(path)).c_str(), 0700) != 0)
      return refused("cannot create the directory");
    return {};
  }

  // What the file system does not take is the image's fault if it is the name.
  Result<void> refused(const std::string& what) {
    const int number = errno;
    Error error = errno_error(what, number);
    if (number == ENAMETOOLONG || number == EFBIG || number == EMLINK || number == EINVAL)
      return tl::unexpected<Error>(std::move(error).as(ErrorCode::image));
    return tl::unexpected<Error>(std::move(error));
  }

  Result<void> place(const std::string& parent, const std::string& name, Entry entry) {
    std::string target;
    if (entry.type == EntryType::hardlink) {
      SLIM_TRY(target, tree_.find_target(entry.target));
      if (target == entry.path) return {};
    }
    if (const LayerTree::Node* old = tree_.find(entry.path)) {
      if (old->entry.type == EntryType::directory && entry.type == EntryType::directory) {
        tree_.put(std::move(entry));
        return {};
      }
      if (target.starts_with(entry.path + '/'))
        return fail(ErrorCode::image, "it is a hard link to a file it replaces");
      SLIM_CHECK(remove(parent, name, entry.path));
    }
    SLIM_TRY(const Fd* directory, open_.open(parent));
    switch (entry.type) {
      case EntryType::directory: SLIM_CHECK(make_directory(entry.path)); break;
      case EntryType::file: SLIM_CHECK(write_file(*directory, name, entry)); break;
      case EntryType::hardlink: {
        const std::string path = entry.path;
        SLIM_CHECK(make_link(parent, name, target));
        tree_.link(path, target);
        return {};
      }
      default: SLIM_CHECK(make_special(*directory, name, entry)); break;
    }
    tree_.put(std::move(entry));
    return {};
  }

  Result<void> remove(const std::string& parent, const std::string& name,
                      const std::string& path) {
    SLIM_TRY(const Fd* directory, open_.open(parent));
    if (::unlinkat(directory->get(), name.c_str(), 0) != 0) {
      // (What an ordinary user could not make is not there.)
      if (errno != EISDIR && errno != EPERM && errno != ENOENT)
        return refused("cannot replace it");
      SLIM_CHECK(remove_tree("/proc/self/fd/" + std::to_string(directory->get()) + "/" + name));
      open_.clear();
    }
    tree_.erase(path);
    return {};
  }

  Result<void> write_file(const Fd& directory, const std::string& name, const Entry& entry) {
    const Fd file(::openat(directory.get(), name.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return refused("cannot create the file");
    uint64_t end = 0;
    const auto write = [&](uint64_t offset, std::span<const std::byte> data) -> Result<void> {
      SLIM_CHECK(interrupt_.check());
      end = offset + data.size();
      unreported_ += data.size();
      bytes_ += data.size();
      if (unreported_ >= kReportBytes) report();
      return write_at(file, offset, data);
    };
    SLIM_CHECK(reader_.read_data(write));
    if (end < entry.size && ::ftruncate(file.get(), static_cast<off_t>(entry.size)) != 0)
      return refused("cannot write the file");
    return set_attributes(file, entry);
  }

  Result<void> write_at(const Fd& file, uint64_t offset, std::span<const std::byte> data) {
    while (!data.empty()) {
      const ssize_t count =
          ::pwrite(file.get(), data.data(), data.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return refused("cannot write the file");
      data = data.subspan(static_cast<size_t>(count));
      offset += static_cast<uint64_t>(count);
    }
    return {};
  }

  Result<void> make_link(const std::string& parent, const std::string& name,
                         const std::string& target) {
    // One of the two may push the other out of the cache, so the first is held by a copy.
    SLIM_TRY(const Fd* found, open_.open(std::string(parent_of(target))));
    SLIM_TRY(const Fd target_directory, duplicate(*found));
    SLIM_TRY(const Fd* directory, open_.open(parent));
    if (::linkat(target_directory.get(), std::string(name_of(target)).c_str(), directory->get(),
                 name.c_str(), 0) != 0) {
      // An ordinary user has no device to link to.
      if (!privileged() && errno == ENOENT) return {};
      return refused("cannot make the hard link");
    }
    return {};
  }

  Result<void> make_special(const Fd& directory, const std::string& name, const Entry& entry) {
    if (entry.type == EntryType::symlink) {
      if (::symlinkat(entry.target.c_str(), directory.get(), name.c_str()) != 0)
        return refused("cannot create the symlink");
      return set_attributes_at(directory, name, entry);
    }
    const mode_t type = entry.type == EntryType::fifo          ? S_IFIFO
                        : entry.type == EntryType::char_device ? S_IFCHR
                                                               : S_IFBLK;
    const dev_t device =
        type == S_IFIFO ? 0 : ::makedev(entry.device_major, entry.device_minor);
    if (::mknodat(directory.get(), name.c_str(), type | 0600, device) != 0) {
      if (!privileged() && errno == EPERM) return {};
      return refused("cannot create the device or FIFO");
    }
    return set_attributes_at(directory, name, entry);
  }

  Result<void> make_whiteouts() {
    for (const std::string& path : tree_.hidden()) {
      SLIM_TRY(const Fd* directory, open_.open(std::string(parent_of(path))));
      if (::mknodat(directory->get(), std::string(name_of(path)).c_str(), S_IFCHR, 0) != 0 &&
          privileged())
        return refused("cannot make a whiteout of '" + escape_bytes(path) + "'");
    }
    return {};
  }

  // Last, because what is made in a directory changes its time, and a default ACL would be
  // inherited.
  Result<void> finish_directories() {
    for (const std::string& path : tree_.opaque()) {
      SLIM_TRY(const Fd directory, open_beneath(root_, path, O_RDONLY | O_DIRECTORY));
      if (::fsetxattr(directory.get(), "trusted.overlay.opaque", "y", 1, 0) != 0 && privileged())
        return fail_errno("cannot make the directory '" + escape_bytes(path) + "' opaque");
    }
    Result<void> result;
    const auto finish = [&](const std::string& path, const Entry& entry) {
      auto directory = open_beneath(root_, path, O_RDONLY | O_DIRECTORY);
      result = directory ? set_attributes(*directory, entry)
                         : Result<void>(tl::unexpected<Error>(std::move(directory).error()));
    };
    tree_.each_directory([&](const std::string& path, const LayerTree::Node& node) {
      if (result) finish(path, node.entry);
    });
    if (result) finish("", tree_.find("")->entry);
    return result;
  }

  void report() {
    if (progress_) progress_(unreported_, files_ - reported_files_);
    unreported_ = 0;
    reported_files_ = files_;
  }

  image::LayerReader& reader_;
  const Fd& root_;
  const Interrupt& interrupt_;
  const UnpackProgress& progress_;
  Directories open_;
  LayerTree tree_;
  uint64_t bytes_ = 0, files_ = 0, unreported_ = 0, reported_files_ = 0;
};

}  // namespace

Result<UnpackedLayer> unpack_layer(image::LayerReader& reader, const Fd& root,
                                   const Interrupt& interrupt, const UnpackProgress& progress) {
  return Unpacker(reader, root, interrupt, progress).run();
}

}  // namespace slim::rootfs
