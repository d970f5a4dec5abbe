// SPDX-License-Identifier: Apache-2.0
#include "container/orphans.hpp"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "slim/base/file.hpp"
#include "slim/base/process.hpp"

namespace slim::container {

namespace {

// None where /proc shows another pid namespace than the one that getpid(2) counts in: its numbers
// are other processes' here.
std::vector<pid_t> own_children() {
  char self[32] = {};
  if (::readlink("/proc/self", self, sizeof self - 1) < 0 || ::atoi(self) != ::getpid()) return {};
  const auto names = names_in("/proc");
  std::vector<pid_t> children;
  for (const auto& name : names.value_or(std::vector<std::string>())) {
    const pid_t pid = ::atoi(name.c_str());
    if (pid > 0 && status_field(pid, "PPid") == std::string(self)) children.push_back(pid);
  }
  return children;
}

// An ended one, born in a pid namespace of its own: it has several numbers.
bool is_orphan(pid_t child) {
  const auto state = status_field(child, "State");
  const auto tracer = status_field(child, "TracerPid"), numbers = status_field(child, "NSpid");
  return state && state->starts_with('Z') && tracer == "0" && numbers &&
         numbers->find('\t') != std::string::npos;
}

}  // namespace

void reap_namespace_orphans(pid_t spared) {
  siginfo_t info;
  for (const pid_t child : own_children())
    if (child != spared && is_orphan(child))
      ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG);
}

LeftBehind::LeftBehind() {
  for (const pid_t child : own_children()) before_.insert(child);
}

LeftBehind::~LeftBehind() {
  // The children of who is killed become this process's own, and are found in the next round.
  for (bool any = true; any;) {
    any = false;
    for (const pid_t child : own_children()) {
      // Once each, for what cannot be reaped here would be found for ever.
      if (::getpgid(child) == ::getpgrp() || !before_.insert(child).second) continue;
      any = true;
      siginfo_t info;
      ::kill(child, SIGKILL);
      while (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED) != 0 && errno == EINTR) {}
    }
  }
}

}  // namespace slim::container
