// SPDX-License-Identifier: Apache-2.0
#include "slim/container/existing.hpp"

#include <fcntl.h>

#include <charconv>
#include <filesystem>
#include <optional>

#include "container/mount_points.hpp"
#include "slim/base/process.hpp"

namespace slim::container {

namespace {

std::optional<pid_t> process_number(const std::string& name) {
  pid_t pid = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc() || stop != name.data() + name.size()) return std::nullopt;
  return pid;
}

// Processes come and go while this looks; those that cannot be looked at are passed over.
Result<pid_t> first_in(uint32_t pid_namespace) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const auto pid = process_number(entry.path().filename().native());
    if (!pid) continue;
    const auto its = pid_namespace_of(std::to_string(*pid));
    if (!its || *its != pid_namespace) continue;
    if (is_first_of_namespace(*pid).value_or(false)) return *pid;
  }
  if (error) return fail_errno("cannot list /proc", error.value());
  return fail(ErrorCode::not_found, "the first process of its pid namespace is not to be found");
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
                    " is in the host's pid namespace, so what belongs to its container cannot be told "
                    "from the rest of the machine: start the container without --pid=host");
  Existing found;
  SLIM_TRY(found.init_, first_in(pid_namespace));
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
