// SPDX-License-Identifier: Apache-2.0
// Processes that a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER) comes to be the parent of.
#pragma once

#include <sys/types.h>

#include <set>

namespace slim::container {

// Reaps ended children of this process that were born in a pid namespace of their own and are
// traced by nobody, all but `spared`. A subreaper inherits them when a runtime is killed while its
// command runs, and the kernel lets the first process of a pid namespace end only when every other
// one in it has been reaped.
void reap_namespace_orphans(pid_t spared);

// Ends what a command leaves running, also in sessions of its own: all children that this process,
// a subreaper, has come to have since this was made, but those in its own process group: other threads
// start and wait for these. To be made before the command, which needs a group of its own, and to go
// after it.
class LeftBehind {
 public:
  LeftBehind();
  LeftBehind(const LeftBehind&) = delete;
  LeftBehind& operator=(const LeftBehind&) = delete;
  ~LeftBehind();

 private:
  std::set<pid_t> before_;
};

}  // namespace slim::container
