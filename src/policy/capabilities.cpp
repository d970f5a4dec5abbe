// SPDX-License-Identifier: Apache-2.0
#include "policy/capabilities.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>

#include "policy/kin_calls.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::policy {
namespace {

using Names = std::span<const std::string_view>;

// capabilities(7). What the kernel wants to see for an effect that the name of the call alone does
// not show (whose file, which signal's receiver) counts as wanted.
struct Needs {
  std::string_view capability;
  Names calls;
};

constexpr std::array<std::string_view, 6> kChown = {"chown",    "fchown",   "fchownat",
                                                    "lchown",   "chown32",  "fchown32"};
constexpr std::array<std::string_view, 9> kOwner = {
    "chmod",     "fchmod", "fchmodat", "fchmodat2", "utime",
    "utimensat", "utimes", "setxattr", "fsetxattr"};
constexpr std::array<std::string_view, 4> kSetMode = {"chmod", "fchmod", "fchmodat", "fchmodat2"};
constexpr std::array<std::string_view, 8> kSetUid = {
    "setuid",   "setreuid",   "setresuid",   "setfsuid",
    "setuid32", "setreuid32", "setresuid32", "setfsuid32"};
constexpr std::array<std::string_view, 10> kSetGid = {
    "setgid",   "setregid",   "setresgid",   "setfsgid",   "setgroups",
    "setgid32", "setregid32", "setresgid32", "setfsgid32", "setgroups32"};
constexpr std::array<std::string_view, 6> kKill = {
    "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"};
constexpr std::array<std::string_view, 1> kCapset = {"capset"};
constexpr std::array<std::string_view, 1> kChroot = {"chroot"};
constexpr std::array<std::string_view, 2> kMknod = {"mknod", "mknodat"};
constexpr std::array<std::string_view, 4> kSetXattr = {"setxattr", "lsetxattr", "fsetxattr",
                                                       "setxattrat"};
constexpr std::array<std::string_view, 4> kPtrace = {"ptrace", "process_vm_readv",
                                                     "process_vm_writev", "kcmp"};
constexpr std::array<std::string_view, 5> kNice = {"setpriority", "sched_setscheduler",
                                                   "sched_setattr", "sched_setparam", "ioprio_set"};
constexpr std::array<std::string_view, 2> kResource = {"setrlimit", "prlimit64"};
constexpr std::array<std::string_view, 4> kLock = {"mlock", "mlock2", "mlockall", "shmctl"};
constexpr std::array<std::string_view, 5> kTime = {"settimeofday", "clock_settime", "adjtimex",
                                                   "clock_adjtime", "stime"};
constexpr std::array<std::string_view, 14> kAdmin = {
    "mount",       "umount2", "pivot_root",    "setns",  "unshare",  "sethostname", "setdomainname",
    "mount_setattr", "fsopen", "open_tree",    "move_mount", "swapon", "swapoff",   "quotactl"};
constexpr std::array<std::string_view, 2> kReadSearch = {"open_by_handle_at", "name_to_handle_at"};
constexpr std::array<std::string_view, 1> kSyslog = {"syslog"};
constexpr std::array<std::string_view, 2> kBpf = {"bpf", "perf_event_open"};

constexpr Needs kNeeds[] = {
    {"CAP_CHOWN", kChown},       {"CAP_FOWNER", kOwner},          {"CAP_FSETID", kSetMode},
    {"CAP_FSETID", kChown},      {"CAP_SETUID", kSetUid},         {"CAP_SETGID", kSetGid},
    {"CAP_SETPCAP", kCapset},    {"CAP_SYS_CHROOT", kChroot},     {"CAP_MKNOD", kMknod},
    {"CAP_SETFCAP", kSetXattr},  {"CAP_SYS_PTRACE", kPtrace},     {"CAP_SYS_NICE", kNice},
    {"CAP_SYS_RESOURCE", kResource}, {"CAP_IPC_LOCK", kLock},     {"CAP_SYS_TIME", kTime},
    {"CAP_SYS_ADMIN", kAdmin},   {"CAP_DAC_READ_SEARCH", kReadSearch},
    {"CAP_SYSLOG", kSyslog},     {"CAP_BPF", kBpf},               {"CAP_PERFMON", kBpf},
};

class Deduction {
 public:
  Deduction(const trace::Trace& trace, const ConfinementInput& input)
      : trace_(trace), input_(input) {
    // What a tracer lets run unseen (assumed) changes no owner, user or mount.
    for (const auto& [call, use] : trace.syscalls)
      if (!use.assumed) calls_.insert(call.name);
  }

  std::vector<CapabilityUse> result() {
    for (const Needs& needs : kNeeds)
      if (const auto call = first_seen(needs.calls)) add(needs.capability, *call + " was called");
    other_users();
    sockets();
    return std::move(found_);
  }

 private:
  void add(std::string_view capability, const std::string& reason) {
    const std::string name(capability);
    const auto& had = input_.capabilities;
    if (!is_one_of(name, had)) return;
    for (const auto& known : found_)
      if (known.name == name) return;
    found_.push_back({name, false, reason});
  }

  std::optional<std::string> first_seen(Names names) const {
    for (const auto name : names)
      if (calls_.contains(std::string(name))) return std::string(name);
    return std::nullopt;
  }

  // Signals to, and files of, other users than the first process's.
  void other_users() {
    const auto changes = first_seen(kSetUid);
    if (const auto kill = first_seen(kKill); kill && changes)
      add("CAP_KILL", *kill + " was called among processes of several users (" + *changes + ")");
    if (const auto path = foreign_path()) {
      add("CAP_DAC_OVERRIDE", *path);
    } else if (!input_.image && changes) {
      add("CAP_DAC_OVERRIDE", "files may belong to the other users (" + *changes + ")");
    }
  }

  // Permission of root without capabilities, by the file's mode alone.
  static bool permitted(const ImageEntry& entry, uint32_t bits) {
    const uint32_t shift = entry.uid == 0 ? 6 : entry.gid == 0 ? 3 : 0;
    return ((entry.mode >> shift) & bits) == bits;
  }

  // Something that was used and that its mode does not permit to root.
  std::optional<std::string> foreign_path() const {
    if (!input_.image) return std::nullopt;
    for (const auto& [path, use] : trace_.files) {
      if (!use.on_rootfs) continue;
      const auto entry = input_.image(path);
      uint32_t bits = 0;
      if (use.access & (trace::kRead | trace::kListed)) bits |= 4;
      if (use.access & trace::kWritten) bits |= 2;
      if (entry.exists && !permitted(entry, bits))
        return "the mode of " + escape_bytes(path) + " gives root no access of its own";
      if (const auto parent = input_.image(std::string(parent_of(path)));
          parent.exists &&
          !permitted(parent, (use.access & trace::kCreated) && !entry.exists ? 3 : 1))
        return "the mode of " + escape_bytes(parent.path) + " gives root no access of its own";
    }
    return std::nullopt;
  }

  void sockets() {
    for (const auto& use : trace_.sockets) {
      if (use.family == "packet" || use.protocol == "icmp" ||
          (use.protocol == "raw" && use.family.starts_with("inet")))
        add("CAP_NET_RAW", "a socket of " + use.family + " " + use.protocol);
      // Docker since 20.10 lets every user bind every port in a network of its own.
      const bool serves = use.action == trace::SocketAction::listen ||
                          use.action == trace::SocketAction::bind;
      if (serves && !input_.own_network && use.family.starts_with("inet") && use.port != 0 &&
          use.port < 1024)
        add("CAP_NET_BIND_SERVICE", "port " + std::to_string(use.port) + " of the host's network");
    }
  }

  const trace::Trace& trace_;
  const ConfinementInput& input_;
  std::set<std::string> calls_;
  std::vector<CapabilityUse> found_;
};

bool by_name(const CapabilityUse& a, const CapabilityUse& b) { return a.name < b.name; }

// Those that executing a file of the image takes, whether the program then uses them or not: no
// check of the kernel's shows them.
void add_insisted_on(const trace::Trace& trace, const ConfinementInput& input,
                     std::vector<CapabilityUse>& needed) {
  if (!input.image) return;
  const auto look = [&](const std::string& path) {
    const auto entry = input.image(path);
    for (const auto& name : entry.insists_on) {
      const auto known = [&](const CapabilityUse& use) { return use.name == name; };
      if (std::none_of(needed.begin(), needed.end(), known))
        needed.push_back({name, true, escape_bytes(entry.path) + " can only be executed with it"});
    }
  };
  for (const auto& exec : trace.execs) look(exec.file);
  for (const auto& [path, use] : trace.files)
    if (use.access & trace::kExecuted) look(path);
}

// What no run has to show: the next one gives a file to a user, which takes root these.
void add_kin(const trace::Trace& trace, const ConfinementInput& input,
             std::vector<CapabilityUse>& needed) {
  if (input.uid.value_or(0) != 0) return;
  const auto add = [&](std::string_view capability, const std::string& reason) {
    const auto& had = input.capabilities;
    if (!is_one_of(capability, had)) return;
    const auto known = [&](const CapabilityUse& use) { return use.name == capability; };
    if (std::none_of(needed.begin(), needed.end(), known))
      needed.push_back({std::string(capability), false, reason});
  };
  if (gives_sessions(trace))
    for (const std::string_view capability : {"CAP_CHOWN", "CAP_FOWNER"})
      add(capability, "users log in, and a terminal would be given to them");
  for (const CommandKin& command : command_kin()) {
    if (!input.commands.contains(std::string(command.command))) continue;
    for (const std::string_view capability : command.capabilities)
      if (!capability.empty())
        add(capability, std::string(command.command) + " is named by a script that ran");
  }
}

}  // namespace

std::vector<CapabilityUse> needed_capabilities(const trace::Trace& trace,
                                               const ConfinementInput& input) {
  std::vector<CapabilityUse> needed;
  if (trace.capabilities_known) {
    for (const auto& [name, granted] : trace.capabilities)
      if (granted) needed.push_back({name, true, "checked and granted by the kernel"});
  } else {
    needed = Deduction(trace, input).result();
  }
  add_insisted_on(trace, input, needed);
  add_kin(trace, input, needed);
  std::sort(needed.begin(), needed.end(), by_name);
  return needed;
}

}  // namespace slim::policy
