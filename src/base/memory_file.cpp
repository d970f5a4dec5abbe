// SPDX-License-Identifier: Apache-2.0
#include "slim/base/memory_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace slim {

Result<Fd> memory_file(const std::string& name, std::string_view bytes) {
  Fd fd(::memfd_create("slim", MFD_CLOEXEC));
  if (!fd) return fail_errno("cannot make a file in memory for " + name);
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t count =
        ::pwrite(fd.get(), bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("cannot fill the file in memory for " + name);
    at += static_cast<size_t>(count);
  }
  return fd;
}

}  // namespace slim
