// SPDX-License-Identifier: Apache-2.0
// proc_net(5): /proc/PID/net/unix.
#include <sys/stat.h>

#include <sstream>

#include "container/network.hpp"
#include "slim/base/file.hpp"
#include "slim/base/text.hpp"

namespace slim::container {

namespace {

constexpr unsigned long kAccepts = 0x10000;  // __SO_ACCEPTCON, which no header of the kernel exports

bool is_own_namespace(const std::string& process) {
  struct stat own {}, other {};
  return ::stat("/proc/self/ns/net", &own) != 0 ||
         ::stat((process + "/ns/net").c_str(), &other) != 0 ||
         (own.st_dev == other.st_dev && own.st_ino == other.st_ino);
}

}  // namespace

std::vector<std::string> unix_listeners(pid_t pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  if (is_own_namespace(process)) return {};
  const auto text = read_file(process + "/net/unix");
  if (!text) return {};
  std::vector<std::string> found;
  for (const std::string_view line : lines_of(*text)) {
    // "Num: RefCount Protocol Flags Type St Inode Path"; a socket without a name has no path.
    std::istringstream fields{std::string(line)};
    std::string address, references, protocol, type, state, inode, path;
    unsigned long flags = 0;
    fields >> address >> references >> protocol >> std::hex >> flags >> type >> state >> inode;
    if (!fields || !(flags & kAccepts)) continue;
    std::getline(fields >> std::ws, path);
    if (!path.empty()) found.push_back(path);
  }
  return found;
}

}  // namespace slim::container
