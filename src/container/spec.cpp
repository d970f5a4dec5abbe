// SPDX-License-Identifier: Apache-2.0
#include "container/spec.hpp"

#include "container/limits.hpp"

namespace slim::container {

namespace {

constexpr uint64_t kDefaultShmBytes = 64u << 20;

using nlohmann::json;

// moby oci/defaults.go (20.10, with the powercap directory that later releases mask).
const json& masked_paths() {
  static const json paths = {
      "/proc/asound",      "/proc/acpi",        "/proc/kcore",
      "/proc/keys",        "/proc/latency_stats", "/proc/timer_list",
      "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
      "/sys/firmware",     "/sys/devices/virtual/powercap"};
  return paths;
}

const json& read_only_paths() {
  static const json paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                             "/proc/sysrq-trigger"};
  return paths;
}

json mount_json(const char* destination, const char* type, const char* source, json options) {
  return {{"destination", destination},
          {"type", type},
          {"source", source},
          {"options", std::move(options)}};
}

bool replaced(const json& mounts, const std::string& destination) {
  for (const auto& mount : mounts)
    if (mount["destination"] == destination) return true;
  return false;
}

// Docker's own mounts, less those that the user has put something else over; then the others.
json all_mounts(const SpecInput& input, uint64_t shm_bytes) {
  json mounts = json::array();
  const auto add = [&](const char* destination, const char* type, const char* source,
                       json options) {
    if (!replaced(input.mounts, destination))
      mounts.push_back(mount_json(destination, type, source, std::move(options)));
  };
  add("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"});
  add("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"});
  add("/dev/pts", "devpts", "devpts",
      {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"});
  add("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"});
  if (input.layout != CgroupLayout::none)
    add("/sys/fs/cgroup", "cgroup", "cgroup", {"ro", "nosuid", "noexec", "nodev"});
  add("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"});
  add("/dev/shm", "tmpfs", "shm",
      {"nosuid", "noexec", "nodev", "mode=1777", "size=" + std::to_string(shm_bytes)});
  for (const auto& mount : input.mounts) mounts.push_back(mount);
  return mounts;
}

json device(const char* type, int major, int minor, bool allow) {
  return {{"allow", allow}, {"type", type}, {"major", major}, {"minor", minor}, {"access", "rwm"}};
}

// /dev/zero, null, urandom, random, tty and console, and nothing else (the runtime adds what its
// own default devices need).
json device_rules() {
  json rules = json::array({json{{"allow", false}, {"access", "rwm"}}});
  for (const int minor : {5, 3, 9, 8}) rules.push_back(device("c", 1, minor, true));
  for (const int minor : {0, 1}) rules.push_back(device("c", 5, minor, true));
  rules.push_back(device("c", 10, 229, false));  // /dev/fuse
  return rules;
}

json namespaces(const SpecInput& input) {
  json list = json::array({json{{"type", "mount"}}, json{{"type", "uts"}}, json{{"type", "pid"}},
                           json{{"type", "ipc"}}});
  if (!input.network_namespace.empty())
    list.push_back(json{{"type", "network"}, {"path", input.network_namespace}});
  if (input.layout == CgroupLayout::unified) list.push_back(json{{"type", "cgroup"}});
  return list;
}

Result<json> linux_json(const SpecInput& input) {
  json part = {{"namespaces", namespaces(input)},
               {"maskedPaths", masked_paths()},
               {"readonlyPaths", read_only_paths()}};
  if (!input.cgroup.empty()) {
    part["cgroupsPath"] = "/" + input.cgroup;
    part["resources"] = {{"devices", device_rules()}};
  }
  // These two belong to the network namespace, so never to the host's.
  if (!input.network_namespace.empty())
    part["sysctl"] = {{"net.ipv4.ip_unprivileged_port_start", "0"},
                      {"net.ipv4.ping_group_range", "0 2147483647"}};
  if (!input.request->seccomp.empty()) {
    auto profile = json::parse(input.request->seccomp, nullptr, false);
    if (!profile.is_object())
      return fail(ErrorCode::usage, "the seccomp profile is not a JSON object");
    part["seccomp"] = std::move(profile);
  }
  return part;
}

}  // namespace

json process_json(const SpecInput& input) {
  json capabilities = {{"bounding", input.capabilities}};
  // Docker gives the others to root alone; a user gets them from set-user-ID and file capabilities.
  if (input.user.uid == 0) {
    capabilities["effective"] = input.capabilities;
    capabilities["permitted"] = input.capabilities;
  }
  return {{"terminal", false},
          {"user",
           {{"uid", input.user.uid},
            {"gid", input.user.gid},
            {"additionalGids", input.user.groups}}},
          {"args", input.arguments},
          {"env", input.environment},
          {"cwd", input.working_directory},
          {"capabilities", std::move(capabilities)},
          {"rlimits", input.rlimits},
          {"noNewPrivileges", input.request->options.no_new_privileges}};
}

Result<json> spec_json(const SpecInput& input) {
  const RunOptions& options = input.request->options;
  uint64_t shm_bytes = 0;
  if (!options.shm_size.empty()) {
    SLIM_TRY(shm_bytes, parse_size(options.shm_size, "--shm-size"));
  }
  // To tmpfs, 0 is "no limit"; to Docker it is "not said".
  if (shm_bytes == 0) shm_bytes = kDefaultShmBytes;
  SLIM_TRY(json part, linux_json(input));
  json spec = {{"ociVersion", "1.0.2"},
               {"process", process_json(input)},
               {"root", {{"path", input.request->rootfs}, {"readonly", options.read_only}}},
               {"hostname", input.hostname},
               {"mounts", all_mounts(input, shm_bytes)},
               {"linux", std::move(part)}};
  return spec;
}

Result<std::string> dump_json(const json& value, const std::string& what) {
  try {
    return value.dump(1);
  } catch (const json::exception&) {
    return fail(ErrorCode::usage,
                what + " holds bytes that are not UTF-8, which OCI runtimes do not take");
  }
}

}  // namespace slim::container
