// SPDX-License-Identifier: Apache-2.0
#include "slim/base/process.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <optional>
#include <sstream>

#include "slim/base/file.hpp"

namespace slim {

namespace {

Result<std::string> status_of(pid_t pid) {
  return read_file("/proc/" + std::to_string(pid) + "/status");
}

Result<std::string> field_of(const std::string& status, const std::string& field) {
  const std::string key = "\n" + field + ":\t";
  const auto at = status.find(key);
  if (at == std::string::npos)
    return fail(ErrorCode::io, "the kernel does not tell the " + field + " of a process");
  const auto begin = at + key.size();
  return status.substr(begin, status.find('\n', begin) - begin);
}

// Whether a signal is in a mask of proc_pid_status(5), such as "SigCgt".
Result<bool> is_in_mask(const std::string& status, const std::string& mask, int signal) {
  SLIM_TRY(const std::string digits, field_of(status, mask));
  return (std::strtoull(digits.c_str(), nullptr, 16) >> (signal - 1) & 1) != 0;
}

std::optional<pid_t> process_number(const std::string& name) {
  pid_t pid = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc() || stop != name.data() + name.size()) return std::nullopt;
  return pid;
}

// What the kernel counts time in for users, see times(2).
std::chrono::milliseconds time_of(uint64_t ticks) {
  return std::chrono::milliseconds(ticks * 1000 / static_cast<uint64_t>(::sysconf(_SC_CLK_TCK)));
}

// The sum of some fields of proc_pid_stat(5) beside each other, from the third on.
Result<uint64_t> stat_fields(pid_t pid, int wanted, int count) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  SLIM_TRY(const std::string text, read_file(path));
  // The second is a name in brackets, which may hold anything.
  std::istringstream fields(text.substr(std::min(text.rfind(')'), text.size())));
  std::string skipped;
  for (int field = 2; field < wanted; ++field) fields >> skipped;
  uint64_t sum = 0;
  for (int field = wanted; field < wanted + count; ++field) {
    uint64_t value = 0;
    if (!(fields >> value))
      return fail(ErrorCode::io, path + " has no field " + std::to_string(field));
    sum += value;
  }
  return sum;
}

}  // namespace

Result<Fd> open_process(pid_t pid) {
  Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (process) return process;
  if (errno == ESRCH)
    return fail(ErrorCode::not_found, "there is no process " + std::to_string(pid));
  return fail_errno("cannot watch process " + std::to_string(pid));
}

Result<uint32_t> pid_namespace_of(const std::string& process) {
  struct stat status {};
  const std::string path = "/proc/" + process + "/ns/pid";
  if (::stat(path.c_str(), &status) != 0) return fail_errno("cannot look at " + path);
  return static_cast<uint32_t>(status.st_ino);
}

Result<std::vector<pid_t>> processes_in(uint32_t pid_namespace) {
  SLIM_TRY(const auto names, names_in("/proc"));
  std::vector<pid_t> found;
  for (const auto& name : names) {
    const auto pid = process_number(name);
    if (!pid) continue;
    const auto its = pid_namespace_of(std::to_string(*pid));
    if (its && *its == pid_namespace) found.push_back(*pid);
  }
  return found;
}

Result<std::string> status_field(pid_t pid, const std::string& field) {
  SLIM_TRY(const std::string status, status_of(pid));
  return field_of(status, field);
}

// The last of its numbers in the NSpid line of proc_pid_status(5) is the one in its own namespace.
Result<bool> is_first_of_namespace(pid_t pid) {
  SLIM_TRY(const std::string numbers, status_field(pid, "NSpid"));
  return ("\t" + numbers).ends_with("\t1");
}

Result<bool> catches_signal(pid_t pid, int signal) {
  SLIM_TRY(const std::string status, status_of(pid));
  return is_in_mask(status, "SigCgt", signal);
}

Result<bool> heeds_signal(pid_t pid, int signal) {
  if (signal == SIGKILL || signal == SIGSTOP) return true;
  SLIM_TRY(const std::string status, status_of(pid));
  SLIM_TRY(const std::string state, field_of(status, "State"));
  if (state.starts_with('Z')) return true;  // its handlers are gone; a tracer may not have taken it yet
  SLIM_TRY(const bool caught, is_in_mask(status, "SigCgt", signal));
  SLIM_TRY(const bool blocked, is_in_mask(status, "SigBlk", signal));
  return caught || blocked;
}

bool is_ending(pid_t pid) {
  constexpr uint64_t exiting = 4;  // PF_EXITING, include/linux/sched.h
  const auto flags = stat_fields(pid, 9, 1);
  return !flags || (*flags & exiting) != 0;
}

Result<std::chrono::steady_clock::time_point> start_of(pid_t pid) {
  SLIM_TRY(const uint64_t ticks, stat_fields(pid, 22, 1));
  timespec since_boot{};
  if (::clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0) return fail_errno("clock_gettime");
  using std::chrono::milliseconds;
  const milliseconds now(since_boot.tv_sec * 1000 + since_boot.tv_nsec / 1000000);
  return std::chrono::steady_clock::now() - (now - time_of(ticks));
}

Result<std::chrono::milliseconds> processor_time(pid_t pid) {
  // utime, stime, cutime and cstime
  SLIM_TRY(const uint64_t ticks, stat_fields(pid, 14, 4));
  return time_of(ticks);
}

}  // namespace slim
