// SPDX-License-Identifier: Apache-2.0
// Commands inside a running container: --exec and health checks.
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>

#include "container/state.hpp"
#include "slim/base/file.hpp"

namespace slim::container {

namespace {

// What a shell answers for a command that is not there, or that it may not execute.
constexpr int kNotFound = 127;
constexpr int kNotExecutable = 126;
constexpr std::chrono::seconds kKillGrace{2};
// How long a busy machine's runtime may take to start a command whose time is over already.
constexpr std::chrono::seconds kStartGrace{30};
constexpr std::chrono::milliseconds kPidInterval{5};

bool says(const std::string& text, std::initializer_list<const char*> parts) {
  for (const char* part : parts)
    if (text.find(part) != std::string::npos) return true;
  return false;
}

// The process in the container outlives the runtime's client, so it has to be killed by itself.
bool kill_by_pid_file(const std::string& path) {
  const auto text = read_file(path);
  pid_t pid = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), pid);
  if (pid <= 0) return false;
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  return pidfd && ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0) == 0;
}

// Kills the command, and lets the runtime reap it and end as well; were the runtime killed first, nobody
// would. It says which process it is once that has been started.
void end_command(Relay& relay, const std::string& pid_file) {
  const auto started_by = std::chrono::steady_clock::now() + kStartGrace;
  while (!kill_by_pid_file(pid_file)) {
    const auto now = std::chrono::steady_clock::now();
    const auto ended = relay.wait({}, now + kPidInterval);
    if (!ended || *ended || now > started_by) return;
  }
  (void)relay.wait({}, std::chrono::steady_clock::now() + kKillGrace);
}

Result<void> write_text(const std::string& path, const std::string& text) {
  SLIM_TRY(const Fd file, open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600));
  return write_all(file, text, path);
}

bool has_ended(const Fd& pidfd) {
  const auto ended = wait_readable({pidfd.get()}, Interrupt(), std::chrono::steady_clock::now());
  return ended && *ended;
}

tl::unexpected<Error> too_late() {
  return fail(ErrorCode::container, "the container has ended: no command can run in it");
}

// The end of runtime exec: the command's own status, or the runtime's failure to start it.
Result<ExitStatus> judge(const Runtime& runtime, const RuntimePlace& place, ExitStatus status,
                         int output_fd) {
  const std::string said = status.ok() ? "" : last_error(place.log_path);
  if (said.empty()) {
    // Runtimes report the death of the command by a signal as a shell does.
    if (status.signal == 0 && status.code > 128 && status.code <= 128 + SIGRTMAX)
      return ExitStatus{0, status.code - 128};
    return status;
  }
  const std::string line = runtime.name + " exec: " + said + "\n";
  [[maybe_unused]] const ssize_t written = ::write(output_fd, line.data(), line.size());
  if (says(said, {"ermission denied", "xec format error"})) return ExitStatus{kNotExecutable, 0};
  if (says(said, {"executable file not found", "no such file or directory",
                  "No such file or directory", "not found in $PATH"}))
    return ExitStatus{kNotFound, 0};
  return fail(ErrorCode::container, runtime.name + " exec failed: " + said);
}

}  // namespace

Result<ExitStatus> Container::exec(const std::vector<std::string>& argv,
                                   const Interrupt& interrupt) {
  SLIM_TRY(const auto status, exec(argv, ExecOptions(), interrupt));
  return *status;
}

Result<std::optional<ExitStatus>> Container::exec(const std::vector<std::string>& argv,
                                                  const ExecOptions& options,
                                                  const Interrupt& interrupt) {
  if (argv.empty() || argv[0].empty())
    return fail(ErrorCode::usage, "no command to run in the container");
  State& state = *state_;
  if (has_ended(state.pidfd)) return too_late();
  const std::string name = "exec-" + std::to_string(state.exec_number++);
  auto process = process_json(state.prepared.spec);
  process["args"] = argv;
  SLIM_TRY(const std::string text, dump_json(process, "the command"));
  SLIM_CHECK(write_text(state.path(name + ".json"), text));
  Fd output;
  if (!options.output_path.empty()) {
    SLIM_TRY(output, open_file(options.output_path, O_WRONLY | O_CREAT | O_APPEND, 0600));
  }
  const int output_fd = output ? output.get() : state.pump->write_fd();
  const auto place = state.place(name + ".log");
  const std::string pid_file = state.path(name + ".pid");
  const RuntimeCall call{
      "exec",
      {"--process", state.path(name + ".json"), "--pid-file", pid_file, state.request.id},
      output_fd, state.request.before_exec};
  SLIM_TRY(Relay relay, start_runtime(state.runtime, place, call));
  auto status = relay.wait(interrupt, options.deadline);
  if (!status || !*status) {
    end_command(relay, pid_file);
    return status;
  }
  if (!(*status)->ok() && has_ended(state.pidfd)) return too_late();
  SLIM_TRY(const ExitStatus judged, judge(state.runtime, place, **status, output_fd));
  state.pump->flush();
  return judged;
}

}  // namespace slim::container
