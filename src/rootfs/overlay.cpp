// SPDX-License-Identifier: Apache-2.0
#include "rootfs/overlay.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "slim/base/fd.hpp"
#include "slim/base/file.hpp"

namespace slim::rootfs {

namespace {

// No inode index and nothing the store's file system might lack; no syncing of what is thrown away.
constexpr std::pair<const char*, const char*> kOptions[] = {
    {"index", "off"}, {"metacopy", "off"}, {"redirect_dir", "off"}};

tl::unexpected<Error> failed(int error_number, const std::string& detail = {}) {
  const std::string what =
      "cannot mount an overlay" + (detail.empty() ? std::string() : " (" + detail + ")");
  if (error_number == ENODEV || error_number == EINVAL || error_number == ENOSYS)
    return tl::unexpected<Error>(
        Error(ErrorCode::unsupported,
              errno_error(what, error_number).message() +
                  "; slim needs overlayfs, and a layer store (SLIM_CACHE_DIR) that is not itself "
                  "on an overlay"));
  return fail_errno(what, error_number);
}

// What the kernel wrote about a failed configuration: "e overlay: ...", a line a read.
std::string kernel_message(const Fd& context) {
  char line[512];
  const ssize_t count = ::read(context.get(), line, sizeof line);
  if (count <= 2) return {};
  std::string text(line + 2, static_cast<size_t>(count) - 2);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// A directory as an option. The option's length is limited to 256 bytes and some kernels unescape
// it, so it is given by descriptor.
Result<Fd> set_directory(const Fd& context, const char* option, const std::string& path) {
  SLIM_TRY(Fd fd, open_file(path, O_PATH | O_DIRECTORY));
  const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
  if (::fsconfig(context.get(), FSCONFIG_SET_STRING, option, link.c_str(), 0) != 0) {
    const int error_number = errno;
    return failed(error_number, kernel_message(context));
  }
  return fd;
}

}  // namespace

Result<void> mount_overlay(const OverlayRequest& request) {
  const Fd context(::fsopen("overlay", FSOPEN_CLOEXEC));
  if (!context) return failed(errno);
  ::fsconfig(context.get(), FSCONFIG_SET_STRING, "source", "slim", 0);
  std::vector<Fd> opened;
  for (const std::string& layer : request.lower) {
    SLIM_TRY(Fd fd, set_directory(context, "lowerdir+", layer));
    opened.push_back(std::move(fd));
  }
  SLIM_TRY(const Fd upper, set_directory(context, "upperdir", request.scratch + "/upper"));
  SLIM_TRY(const Fd work, set_directory(context, "workdir", request.scratch + "/work"));
  for (const auto& [option, value] : kOptions)
    if (::fsconfig(context.get(), FSCONFIG_SET_STRING, option, value, 0) != 0) return failed(errno);
  if (::fsconfig(context.get(), FSCONFIG_SET_FLAG, "volatile", nullptr, 0) != 0)
    return failed(errno);
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    const int error_number = errno;
    return failed(error_number, kernel_message(context));
  }
  const Fd mounted(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!mounted) return failed(errno);
  const std::string target = request.scratch + "/rootfs";
  if (::move_mount(mounted.get(), "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return failed(errno, target);
  return {};
}

Result<void> mount_overlay_classic(const OverlayRequest& request) {
  SLIM_CHECK(make_directories(request.scratch + "/l", 0700));
  std::string options = "lowerdir=";
  for (size_t i = 0; i < request.lower.size(); ++i) {
    const std::string name = "l/" + std::to_string(i);
    const std::string link = request.scratch + "/" + name;
    if (::symlink(request.lower[i].c_str(), link.c_str()) != 0 && errno != EEXIST)
      return fail_errno("cannot create " + link);
    options += (i == 0 ? "" : ":") + name;
  }
  options += ",upperdir=upper,workdir=work";
  std::string all = options;
  for (const auto& [option, value] : kOptions)
    all += std::string(",") + option + "=" + value;

  // The short paths are relative, and a thread can have a working directory of its own.
  int error_number = 0;
  std::thread([&] {
    if (::unshare(CLONE_FS) != 0 || ::chdir(request.scratch.c_str()) != 0) {
      error_number = errno;
      return;
    }
    // Older kernels refuse options they do not know.
    for (const std::string& attempt : {all + ",volatile", all, options}) {
      error_number = ::mount("slim", "rootfs", "overlay", 0, attempt.c_str()) == 0 ? 0 : errno;
      if (error_number != EINVAL) return;
    }
  }).join();
  if (error_number != 0) return failed(error_number);
  return {};
}

}  // namespace slim::rootfs
