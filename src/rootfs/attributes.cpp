// SPDX-License-Identifier: Apache-2.0
#include "rootfs/attributes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>

#include "slim/base/path.hpp"

namespace slim::rootfs {

using image::Entry;
using image::EntryType;

namespace {

// ext4 keeps all attributes of a file in one block, and says ENOSPC when one does not fit.
constexpr size_t kSafeXattrBytes = 2048;

std::array<timespec, 2> times_of(const Entry& entry) {
  const timespec time{static_cast<time_t>(entry.mtime.seconds),
                      static_cast<long>(entry.mtime.nanoseconds)};
  return {time, time};
}

bool starts_with(const std::string& text, std::string_view prefix) {
  return text.starts_with(prefix);
}

// Attributes that the kernel or the store's file system may refuse without a container noticing.
// The index has them, so the slim image still gets them.
bool refusal_is_harmless(const Entry& entry, const std::string& name) {
  if (!privileged()) return true;
  // The kernel never lets anybody set user.* on these (xattr(7)).
  if (entry.type != EntryType::file && entry.type != EntryType::directory) return true;
  // Labels mean nothing where no security module reads them; unknown namespaces nowhere.
  return name != "security.capability" && !starts_with(name, "user.") &&
         !starts_with(name, "trusted.") && !starts_with(name, "system.posix_acl_");
}

Result<void> explain_refusal(const Entry& entry, const std::string& name, size_t value_bytes,
                             int error_number) {
  const std::string what = "cannot set the attribute " + escape_bytes(name) + " of '" +
                           escape_bytes(entry.path) + "'";
  if (error_number == EOPNOTSUPP || error_number == EPERM || error_number == E2BIG ||
      error_number == ERANGE || (error_number == ENOSPC && value_bytes > kSafeXattrBytes)) {
    if (refusal_is_harmless(entry, name)) return {};
    Error error = errno_error(what, error_number);
    return tl::unexpected<Error>(
        Error(ErrorCode::unsupported,
              error.message() + "; the layer store needs a file system that takes it "
                                "(set SLIM_CACHE_DIR to a directory on ext4, xfs or btrfs)"));
  }
  return fail_errno(what, error_number);
}

// `set` is fsetxattr or lsetxattr on the file.
template <typename Set>
Result<void> set_xattrs(const Entry& entry, const Set& set) {
  for (const auto& [name, value] : entry.xattrs) {
    if (starts_with(name, "trusted.overlay."))
      return fail(ErrorCode::image, "'" + escape_bytes(entry.path) + "' has the attribute " +
                                        escape_bytes(name) +
                                        ", with which it could change how layers are put together");
    if (set(name, value) == 0) continue;
    SLIM_CHECK(explain_refusal(entry, name, value.size(), errno));
  }
  return {};
}

Result<void> failed(const Entry& entry, const char* what) {
  return fail_errno(std::string("cannot set the ") + what + " of '" + escape_bytes(entry.path) +
                    "'");
}

}  // namespace

bool privileged() { return ::geteuid() == 0; }

// chown(2) takes setuid bits and file capabilities away, so it comes first. What is set last stays.
Result<void> set_attributes(const Fd& file, const Entry& entry) {
  mode_t mode = entry.mode;
  if (privileged()) {
    if (::fchown(file.get(), entry.uid, entry.gid) != 0) return failed(entry, "owner");
  } else {
    mode |= entry.type == EntryType::directory ? 0700 : 0600;
  }
  if (::fchmod(file.get(), mode) != 0) return failed(entry, "mode");
  SLIM_CHECK(set_xattrs(entry, [&](const std::string& name, const std::string& value) {
    return ::fsetxattr(file.get(), name.c_str(), value.data(), value.size(), 0);
  }));
  if (::futimens(file.get(), times_of(entry).data()) != 0) return failed(entry, "time");
  return {};
}

Result<void> set_attributes_at(const Fd& directory, const std::string& name, const Entry& entry) {
  if (privileged() &&
      ::fchownat(directory.get(), name.c_str(), entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0)
    return failed(entry, "owner");
  // A symlink has no mode to set, and fchmodat(2) would follow it.
  if (entry.type != EntryType::symlink &&
      ::fchmodat(directory.get(), name.c_str(), entry.mode, 0) != 0)
    return failed(entry, "mode");
  if (!entry.xattrs.empty()) {
    const std::string path = "/proc/self/fd/" + std::to_string(directory.get()) + "/" + name;
    SLIM_CHECK(set_xattrs(entry, [&](const std::string& key, const std::string& value) {
      return ::lsetxattr(path.c_str(), key.c_str(), value.data(), value.size(), 0);
    }));
  }
  if (::utimensat(directory.get(), name.c_str(), times_of(entry).data(), AT_SYMLINK_NOFOLLOW) != 0)
    return failed(entry, "time");
  return {};
}

}  // namespace slim::rootfs
