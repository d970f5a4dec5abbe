// SPDX-License-Identifier: Apache-2.0
#include "container/orphans.hpp"

#include <dirent.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <sstream>
#include <string>

#include "slim/base/file.hpp"

namespace slim::container {

namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// From /proc/PID/status (proc(5)): an ended child of ours with more than one pid.
bool is_orphan(const std::string& status) {
  std::istringstream lines(status);
  bool ended = false, ours = false, untraced = false, nested = false;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "State:") {
      std::string state;
      words >> state;
      ended = state == "Z";
    } else if (key == "PPid:" || key == "TracerPid:") {
      pid_t pid = 0;
      words >> pid;
      (key == "PPid:" ? ours : untraced) = pid == (key == "PPid:" ? ::getpid() : 0);
    } else if (key == "NSpid:") {
      int count = 0;
      for (pid_t pid; words >> pid;) ++count;
      nested = count > 1;
    }
  }
  return ended && ours && untraced && nested;
}

}  // namespace

void reap_namespace_orphans(pid_t spared) {
  const std::unique_ptr<DIR, CloseDirectory> proc(::opendir("/proc"));
  while (proc) {
    const dirent* entry = ::readdir(proc.get());
    if (entry == nullptr) break;
    const pid_t pid = ::atoi(entry->d_name);
    if (pid <= 0 || pid == spared) continue;
    const auto status = read_file("/proc/" + std::to_string(pid) + "/status");
    siginfo_t info;
    if (status && is_orphan(*status))
      ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG);
  }
}

}  // namespace slim::container
