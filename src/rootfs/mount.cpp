// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>

#include "rootfs/attributes.hpp"
#include "rootfs/overlay.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"
#include "slim/rootfs/rootfs.hpp"

namespace slim::rootfs {

namespace {

// The layers as overlayfs wants them: topmost first, and each directory once. Where a layer comes
// twice the upper one decides everything the lower one could, so that one can go.
std::vector<std::string> lower_directories(const std::vector<std::string>& layers, size_t bottom) {
  std::vector<std::string> lower;
  std::set<std::string> seen;
  for (size_t i = layers.size(); i-- > bottom;)
    if (seen.insert(layers[i]).second) lower.push_back(layers[i]);
  return lower;
}

// Puts the root and the implied directories into the upper layer with the attributes they should
// have: overlayfs shows those of the topmost directory and merges the content of all.
Result<void> fill_upper(const std::string& upper, const Index& index,
                        const std::vector<std::string>& implied) {
  SLIM_TRY(const Fd root, open_file(upper, O_RDONLY | O_DIRECTORY));
  std::set<std::string> wanted{""};
  for (const std::string& path : implied)
    for (std::string_view each = path; !each.empty(); each = parent_of(each)) wanted.emplace(each);
  for (const std::string& path : wanted) {
    if (path.empty()) continue;
    SLIM_TRY(const Fd parent,
             open_beneath(root, std::string(parent_of(path)), O_RDONLY | O_DIRECTORY));
    if (::mkdirat(parent.get(), std::string(name_of(path)).c_str(), 0700) != 0)
      return fail_errno("cannot prepare '" + escape_bytes(path) + "'");
  }
  // Backwards, as making a directory changes its parent's time.
  for (auto path = wanted.rbegin(); path != wanted.rend(); ++path) {
    const IndexEntry* entry = index.find(*path);
    if (entry == nullptr) continue;
    SLIM_TRY(const Fd directory, open_beneath(root, *path, O_RDONLY | O_DIRECTORY));
    SLIM_CHECK(set_attributes(directory, *entry));
  }
  return {};
}

}  // namespace

Result<void> enter_private_mount_namespace() {
  if (::unshare(CLONE_NEWNS) != 0)
    return fail_errno("cannot make a mount namespace (slim has to run as root for this)");
  if (::mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
    return fail_errno("cannot keep mounts from spreading to the host");
  return {};
}

Result<MountedTree> Rootfs::mount(const std::string& scratch) const {
  if (!privileged())
    return fail(ErrorCode::permission, "only root can mount an image's file system");
  for (const char* name : {"upper", "work", "rootfs", "empty"})
    SLIM_CHECK(make_directories(scratch + "/" + name, 0755));
  SLIM_CHECK(fill_upper(scratch + "/upper", index_, implied_));
  OverlayRequest request{lower_directories(directories_, bottom_), scratch};
  if (request.lower.empty()) request.lower.push_back(scratch + "/empty");
  auto mounted = mount_overlay(request);
  if (!mounted && mounted.error().code() == ErrorCode::unsupported)
    mounted = mount_overlay_classic(request);
  if (!mounted) return tl::unexpected<Error>(std::move(mounted).error());
  return MountedTree(scratch + "/rootfs");
}

Result<void> MountedTree::remove(const std::vector<std::string>& paths) const {
  SLIM_TRY(const Fd root, open_file(path_, O_RDONLY | O_DIRECTORY));
  Fd parent;
  std::optional<std::string_view> opened;
  for (const std::string& path : paths) {
    if (opened != parent_of(path)) {
      opened = parent_of(path);
      SLIM_TRY(parent, open_beneath(root, std::string(*opened), O_RDONLY | O_DIRECTORY));
    }
    const std::string name(name_of(path));
    if (::unlinkat(parent.get(), name.c_str(), 0) == 0) continue;
    if (errno != EISDIR || ::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR) != 0)
      return fail_errno("cannot take '" + escape_bytes(path) + "' out");
  }
  return {};
}

MountedTree::~MountedTree() { (void)unmount(); }

Result<void> MountedTree::unmount() {
  if (path_.empty()) return {};
  const std::string path = std::exchange(path_, {});
  // Detached, because a process of the container may still be on its way out.
  if (::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
    return fail_errno("cannot unmount " + path);
  return {};
}

}  // namespace slim::rootfs
