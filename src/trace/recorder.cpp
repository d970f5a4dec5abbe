// SPDX-License-Identifier: Apache-2.0
#include "trace/recorder.hpp"

#include <linux/capability.h>
#include <sys/utsname.h>

#include <array>
#include <cerrno>

#include "slim/base/path.hpp"
#include "slim/trace/argument_calls.hpp"
#include "trace/dns_questions.hpp"
#include "trace/syscall_names.hpp"

namespace slim::trace {
namespace {

// Numbers are positions: capabilities(7), include/uapi/linux/capability.h.
constexpr std::array kCapabilities = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};
static_assert(kCapabilities.size() == CAP_LAST_CAP + 1);

std::string machine() {
  utsname names{};
  if (::uname(&names) != 0) return {};
  return names.machine;
}

}  // namespace

std::string absolute_path(const std::string& base, const std::string& as_written) {
  if (as_written.front() == '/') return base == "/" ? as_written : base + as_written;
  return base == "/" ? "/" + as_written : base + "/" + as_written;
}

bool LookupUse::*outcome_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP: return &LookupUse::missing;
    case EACCES:
    case EPERM:
    case EROFS: return &LookupUse::denied;
    default: return &LookupUse::found;
  }
}

Recorder::Recorder(Backend backend, TracerOptions options) : options_(std::move(options)) {
  trace_.backend = backend;
  trace_.architecture = machine();
}

void Recorder::begin() {
  std::lock_guard lock(mutex_);
  began_ = std::chrono::steady_clock::now();
}

void Recorder::begin_late(std::chrono::steady_clock::time_point started) {
  std::lock_guard lock(mutex_);
  began_ = started;
  trace_.covers_start = false;
}

void Recorder::enter_phase(Phase phase) {
  std::lock_guard lock(mutex_);
  phase_ = phase;
}

Phase Recorder::phase() const {
  std::lock_guard lock(mutex_);
  return phase_;
}

void Recorder::lookup(const std::string& base, const std::string& as_written, int error) {
  if (as_written.empty()) return;  // AT_EMPTY_PATH, or an ENOENT that says nothing about the tree
  std::lock_guard lock(mutex_);
  trace_.lookups[absolute_path(base, as_written)].*outcome_of(error) = true;
}

void Recorder::may_write(const std::string& base, const std::string& as_written) {
  if (as_written.empty()) return;
  std::lock_guard lock(mutex_);
  trace_.lookups[absolute_path(base, as_written)].writable = true;
}

void Recorder::file(const std::string& resolved, uint32_t access, bool on_rootfs) {
  std::lock_guard lock(mutex_);
  auto [entry, is_new] = trace_.files.try_emplace(resolved, FileUse{access, on_rootfs});
  if (is_new) return;
  entry->second.access |= access;
  // A name may be covered by a mount for a part of the run; the image's file counts then.
  entry->second.on_rootfs |= on_rootfs;
}

void Recorder::exec(const std::string& base, const std::string& as_written,
                    const std::string& file) {
  lookup(base, as_written, 0);
  std::lock_guard lock(mutex_);
  trace_.execs.insert({as_written.empty() ? file : absolute_path(base, as_written), file});
}

void Recorder::syscall(uint32_t scmp_arch, int number, uint32_t phases) {
  Syscall call{arch_name(scmp_arch), syscall_name(scmp_arch, number)};
  std::lock_guard lock(mutex_);
  auto& use = trace_.syscalls[std::move(call)];
  use.phases |= phases;
  use.assumed = false;
}

void Recorder::arguments(uint32_t scmp_arch, int number, std::vector<uint32_t> values) {
  Syscall call{arch_name(scmp_arch), syscall_name(scmp_arch, number)};
  const ArgumentCall* known = argument_call(call.name);
  if (!known || values.size() != known->count) {
    incomplete("argument values of " + call.name + " were told that nobody asked for");
    return;
  }
  for (size_t i = 0; i < values.size(); ++i) values[i] &= known->masks[i];
  std::lock_guard lock(mutex_);
  auto& use = trace_.syscalls[std::move(call)];
  if (!use.arguments) use.arguments.emplace();
  use.arguments->insert(std::move(values));
}

void Recorder::assume(const std::string& syscall_name) {
  std::lock_guard lock(mutex_);
  assumed_.insert(syscall_name);
}

uint64_t Recorder::since_beginning() const {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::steady_clock;
  if (!began_) return 0;
  return static_cast<uint64_t>(
      duration_cast<milliseconds>(steady_clock::now() - *began_).count());
}

void Recorder::socket(SocketUse use, Seen seen) {
  {
    std::lock_guard lock(mutex_);
    use.phases |= phase_;
    if (seen == Seen::as_it_came) use.since_ms = since_beginning();
    auto found = trace_.sockets.find(use);
    if (found != trace_.sockets.end()) {
      use.unite(*found);
      if (use == *found) return;
      trace_.sockets.erase(found);
      trace_.sockets.insert(std::move(use));
      return;
    }
    trace_.sockets.insert(use);
  }
  const bool serves = use.action == SocketAction::listen || use.action == SocketAction::bind;
  if (serves && options_.on_socket) options_.on_socket(use);  // may call back: no lock held
}

void Recorder::asked(const std::string& process, std::string_view payload, bool stream) {
  const auto questions = stream ? dns_questions_of_stream(payload) : dns_questions(payload);
  if (!questions) {
    names_lost(1);
    return;
  }
  std::lock_guard lock(mutex_);
  for (const auto& question : *questions) {
    NameUse& use = trace_.names[question.name];
    use.types.insert(question.type);
    use.processes.insert(process);
  }
}

void Recorder::names_lost(uint64_t count) {
  if (count == 0) return;
  std::lock_guard lock(mutex_);
  trace_.losses[std::string(kNamesLost)] += count;
}

void Recorder::capability(int number, bool granted) {
  const auto index = static_cast<size_t>(number);
  const std::string name =
      index < kCapabilities.size() ? kCapabilities[index] : "CAP_" + std::to_string(number);
  std::lock_guard lock(mutex_);
  trace_.capabilities_known = true;
  trace_.capabilities[name] |= granted;
}

void Recorder::capabilities_are_known() {
  std::lock_guard lock(mutex_);
  trace_.capabilities_known = true;
}

void Recorder::process_seen() {
  std::lock_guard lock(mutex_);
  ++trace_.processes;
}

void Recorder::init_ended(int code, int signal) {
  std::lock_guard lock(mutex_);
  if (signal != 0)
    trace_.init_signal = signal;
  else
    trace_.init_exit_code = code;
}

void Recorder::loss(const std::string& name, uint64_t count, const std::string& explanation) {
  if (count == 0) return;
  {
    std::lock_guard lock(mutex_);
    trace_.losses[name] += count;
  }
  incomplete(explanation);
}

void Recorder::incomplete(const std::string& why) {
  std::lock_guard lock(mutex_);
  for (const auto& line : trace_.incomplete)
    if (line == why) return;
  trace_.incomplete.push_back(why);
}

Trace Recorder::copy() const {
  std::lock_guard lock(mutex_);
  return trace_;
}

Trace Recorder::take() {
  std::lock_guard lock(mutex_);
  // An assumed call may have been made by every kind of task that was there.
  std::set<std::string> arches{arch_name(native_arch())};
  for (const auto& [call, use] : trace_.syscalls) arches.insert(call.arch);
  for (const auto& arch : arches) {
    const auto token = arch_of_name(arch);
    if (!token) continue;
    for (const auto& name : assumed_)
      if (syscall_number(*token, name))
        trace_.syscalls.try_emplace({arch, name}, SyscallUse{0, true, {}});
  }
  Trace result = std::move(trace_);
  trace_ = Trace{};
  return result;
}

}  // namespace slim::trace
