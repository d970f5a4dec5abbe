// SPDX-License-Identifier: Apache-2.0
#include "container/orphans.hpp"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "slim/base/file.hpp"

namespace slim::container {

namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// Of /proc/PID/status (proc(5)).
struct Process {
  pid_t pid = -1;
  pid_t parent = 0, tracer = 0;
  bool ended = false;
  bool nested = false;  // in a pid namespace below the one of this /proc
};

std::optional<Process> process(pid_t pid) {
  const auto status = read_file("/proc/" + std::to_string(pid) + "/status");
  if (!status) return std::nullopt;
  Process found{.pid = pid};
  std::istringstream lines(*status);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key, first, second;
    words >> key >> first >> second;
    if (key == "State:") found.ended = first == "Z";
    if (key == "PPid:") found.parent = ::atoi(first.c_str());
    if (key == "TracerPid:") found.tracer = ::atoi(first.c_str());
    if (key == "NSpid:") found.nested = !second.empty();
  }
  return found;
}

// None where /proc shows another pid namespace than the one that getpid(2) counts in: its numbers
// are other processes' here.
std::vector<Process> own_children() {
  std::vector<Process> children;
  char self[32] = {};
  if (::readlink("/proc/self", self, sizeof self - 1) < 0 || ::atoi(self) != ::getpid()) return {};
  const std::unique_ptr<DIR, CloseDirectory> proc(::opendir("/proc"));
  while (proc) {
    const dirent* entry = ::readdir(proc.get());
    if (entry == nullptr) break;
    const pid_t pid = ::atoi(entry->d_name);
    if (pid <= 0) continue;
    if (const auto found = process(pid); found && found->parent == ::getpid())
      children.push_back(*found);
  }
  return children;
}

}  // namespace

void reap_namespace_orphans(pid_t spared) {
  siginfo_t info;
  for (const Process& child : own_children())
    if (child.ended && child.nested && child.tracer == 0 && child.pid != spared)
      ::waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOHANG);
}

LeftBehind::LeftBehind() {
  for (const Process& child : own_children()) before_.insert(child.pid);
}

LeftBehind::~LeftBehind() {
  // The children of who is killed become this process's own, and are found in the next round.
  for (bool any = true; any;) {
    any = false;
    for (const Process& child : own_children()) {
      // Whoever another thread waits for is looked at once.
      if (!before_.insert(child.pid).second) continue;
      any = true;
      siginfo_t info;
      ::kill(child.pid, SIGKILL);
      while (::waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED) != 0 && errno == EINTR) {}
    }
  }
}

}  // namespace slim::container
