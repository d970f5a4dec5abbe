// SPDX-License-Identifier: Apache-2.0
// A container that somebody else runs: it is looked at and never touched.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"

namespace slim::container {

class Existing {
 public:
  // By any process of it. Errors: `not_found` (no such process), `unsupported` (the process is in this
  // one's pid namespace, so that there is nothing to tell its container by, or in that of another
  // container), `permission`.
  static Result<Existing> of_process(pid_t pid);

  pid_t init_pid() const { return init_; }  // of the first process of that namespace
  const Fd& init_pidfd() const { return pidfd_; }  // readable when the container has ended
  const Fd& network_namespace() const { return network_namespace_; }
  // Processes of its pid namespace that have another root file system: those of a container that
  // shares the namespace, or of a sandbox.
  const std::vector<pid_t>& strangers() const { return strangers_; }
  // Container paths that are not the image's.
  const std::vector<std::string>& mount_points() const { return mount_points_; }

 private:
  Existing() = default;
  pid_t init_ = -1;
  Fd pidfd_, network_namespace_;
  std::vector<pid_t> strangers_;
  std::vector<std::string> mount_points_;
};

}  // namespace slim::container
