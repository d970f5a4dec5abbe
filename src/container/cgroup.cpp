// SPDX-License-Identifier: Apache-2.0
#include "container/cgroup.hpp"

#include <errno.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <sstream>

#include "slim/base/file.hpp"
#include "slim/base/path.hpp"

namespace slim::container {

namespace {

constexpr const char* kRoot = "/sys/fs/cgroup";

bool is_cgroup2(const std::string& path) {
  struct statfs status;
  return ::statfs(path.c_str(), &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

bool is_directory(const std::string& path) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::vector<std::string> child_directories(const std::string& path) {
  std::vector<std::string> names = names_in(path).value_or(std::vector<std::string>());
  std::erase_if(names, [&](const auto& name) { return !is_directory(join_path(path, name)); });
  return names;
}

std::vector<std::string> hierarchies() {
  if (is_cgroup2(kRoot)) return {kRoot};
  std::vector<std::string> paths;
  for (const auto& name : child_directories(kRoot)) paths.push_back(join_path(kRoot, name));
  return paths;
}

void kill_members(const std::string& directory) {
  const auto text = read_file(directory + "/cgroup.procs");
  if (!text) return;
  std::istringstream lines(*text);
  for (pid_t pid; lines >> pid;)
    if (pid > 1 && pid != ::getpid()) ::kill(pid, SIGKILL);
}

// A cgroup can be removed once its last process has been reaped, which whoever is their parent does
// in its own time: there is nothing to wait on for that, so a bounded number of short waits.
void remove_directory(const std::string& directory) {
  for (const auto& name : child_directories(directory))
    remove_directory(join_path(directory, name));
  for (int attempt = 0; attempt < 20; ++attempt) {
    if (::rmdir(directory.c_str()) == 0 || errno != EBUSY) return;
    kill_members(directory);
    ::poll(nullptr, 0, 5);
  }
}

}  // namespace

CgroupLayout cgroup_layout() {
  if (is_cgroup2(kRoot)) return CgroupLayout::unified;
  const std::string v2 = std::string(kRoot) + "/unified";
  if (is_cgroup2(v2)) {
    const auto controllers = read_file(v2 + "/cgroup.controllers");
    const bool any =
        controllers && controllers->find_first_not_of(" \n") != std::string::npos;
    return any ? CgroupLayout::hybrid : CgroupLayout::legacy;
  }
  return hierarchies().empty() ? CgroupLayout::none : CgroupLayout::legacy;
}

void remove_cgroups(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name[0] == '.') return;
  for (const auto& hierarchy : hierarchies()) {
    const std::string directory = join_path(hierarchy, name);
    if (is_directory(directory)) remove_directory(directory);
  }
}

}  // namespace slim::container
