// SPDX-License-Identifier: Apache-2.0
#include "slim/container/existing.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "container/mount_points.hpp"
#include "slim/base/file.hpp"
#include "slim/base/process.hpp"

namespace slim::container {

namespace {

// The device of its root file system, which is another for every container.
std::optional<dev_t> root_device(pid_t pid) {
  struct stat status {};
  const std::string root = "/proc/" + std::to_string(pid) + "/root";
  if (::stat(root.c_str(), &status) != 0) return std::nullopt;
  return status.st_dev;
}

bool have_other_roots(pid_t a, pid_t b) {
  const auto one = root_device(a), other = root_device(b);
  return one && other && *one != *other;
}

}  // namespace

Result<Existing> Existing::of_process(pid_t pid) {
  const std::string process = std::to_string(pid);
  SLIM_TRY(const Fd held, open_process(pid));
  SLIM_TRY(const uint32_t own, pid_namespace_of("self"));
  SLIM_TRY(const uint32_t pid_namespace, pid_namespace_of(process));
  if (pid_namespace == own)
    return fail(ErrorCode::unsupported,
                "process " + process +
                    " is in the host's pid namespace, so what belongs to its container cannot be "
                    "told from the rest of the machine: start the container without --pid=host");
  SLIM_TRY(const auto members, processes_in(pid_namespace));
  const auto first = std::find_if(members.begin(), members.end(), [](pid_t member) {
    return is_first_of_namespace(member).value_or(false);
  });
  if (first == members.end())
    return fail(ErrorCode::not_found, "the first process of its pid namespace is not to be found");
  Existing found;
  found.init_ = *first;
  if (have_other_roots(found.init_, pid))
    return fail(ErrorCode::unsupported,
                "process " + process + " is in the pid namespace of another container (that of " +
                    std::to_string(found.init_) + "), and cannot be told from it: start the " +
                    "container with a pid namespace of its own");
  for (const pid_t member : members)
    if (have_other_roots(found.init_, member)) found.strangers_.push_back(member);
  SLIM_TRY(found.pidfd_, open_process(found.init_));
  const std::string directory = "/proc/" + std::to_string(found.init_);
  SLIM_TRY(found.network_namespace_, open_file(directory + "/ns/net", O_RDONLY));
  SLIM_TRY(found.mount_points_, mount_points_of(found.init_));
  // A number may be given to another process: only now is it certain whose all this is.
  SLIM_TRY(const uint32_t still, pid_namespace_of(std::to_string(found.init_)));
  if (still != pid_namespace)
    return fail(ErrorCode::not_found, "the container of process " + process + " has ended");
  return found;
}

}  // namespace slim::container
