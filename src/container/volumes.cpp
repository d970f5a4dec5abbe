// SPDX-License-Identifier: Apache-2.0
#include "container/volumes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "slim/base/child.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"

namespace slim::container {

Result<void> make_volume(const Fd& root, const std::string& destination,
                         const std::string& directory, bool seed, const Interrupt& interrupt) {
  // After a restart: the volume has what the container left there.
  if (::access(directory.c_str(), F_OK) == 0) return {};
  SLIM_CHECK(make_directories(directory));
  if (::chmod(directory.c_str(), 0755) != 0) return fail_errno(directory);
  if (!seed) return {};
  const auto source = open_in_root(root, destination, O_RDONLY | O_DIRECTORY);
  if (!source) return {};
  // By descriptor: the path has been resolved in the root, and cp must not do it again outside.
  SpawnOptions options;
  options.pass_fds = {source->get()};
  const std::string from = "/proc/self/fd/" + std::to_string(source->get()) + "/.";
  SLIM_TRY(const Output copied,
           run_command({"cp", "-a", "--", from, directory}, interrupt, options));
  if (!copied.status.ok())
    return fail(ErrorCode::container, "cannot fill the volume " + escape_bytes(destination) +
                                          " from the image: " + copied.err);
  return {};
}

}  // namespace slim::container
