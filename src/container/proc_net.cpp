// SPDX-License-Identifier: Apache-2.0
// proc_net(5): /proc/PID/net/unix and snmp.
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "container/network.hpp"
#include "slim/base/file.hpp"
#include "slim/base/text.hpp"
#include "slim/container/readiness.hpp"

namespace slim::container {

namespace {

constexpr unsigned long kAccepts = 0x10000;  // __SO_ACCEPTCON, which no header of the kernel exports

bool is_own_namespace(const std::string& process) {
  struct stat own {}, other {};
  return ::stat("/proc/self/ns/net", &own) != 0 ||
         ::stat((process + "/ns/net").c_str(), &other) != 0 ||
         (own.st_dev == other.st_dev && own.st_ino == other.st_ino);
}

// Empty where there is nothing to be told of the container alone.
std::string net_file(pid_t pid, const char* name) {
  const std::string process = "/proc/" + std::to_string(pid);
  if (is_own_namespace(process)) return {};
  return read_file(process + "/net/" + name).value_or("");
}

}  // namespace

std::vector<std::string> unix_listeners(pid_t pid) {
  const std::string text = net_file(pid, "unix");
  std::vector<std::string> found;
  for (const std::string_view line : lines_of(text)) {
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

uint64_t resets_sent(pid_t pid) {
  const std::string text = net_file(pid, "snmp");
  std::vector<std::string_view> names;
  for (const std::string_view line : lines_of(text)) {
    if (!line.starts_with("Tcp: ")) continue;
    if (names.empty()) {
      names = fields_of(line, ' ');
      continue;
    }
    const auto values = fields_of(line, ' ');
    const auto at = static_cast<size_t>(std::find(names.begin(), names.end(), "OutRsts") - names.begin());
    uint64_t resets = 0;
    if (at < values.size())
      std::from_chars(values[at].data(), values[at].data() + values[at].size(), resets);
    return resets;
  }
  return 0;
}

}  // namespace slim::container
