// SPDX-License-Identifier: Apache-2.0
#include "slim/base/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "slim/base/path.hpp"
#include "slim/base/signals.hpp"
#include "slim/base/text.hpp"

namespace slim {

ExitStatus ExitStatus::of(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return {info.si_status, 0};
  return {0, info.si_status};
}

bool ExitStatus::crashed() const {
  constexpr int kFaults[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
  return is_one_of(signal, kFaults);
}

std::string ExitStatus::text() const {
  if (signal != 0) {
    const char* abbreviation = ::sigabbrev_np(signal);
    return "killed by " +
           (abbreviation ? "SIG" + std::string(abbreviation) : "signal " + std::to_string(signal));
  }
  return "exit status " + std::to_string(code);
}

std::string ExitStatus::ended() const { return (signal != 0 ? "was " : "ended with ") + text(); }

std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos)
    return ::access(name.c_str(), X_OK) == 0 ? std::optional(name) : std::nullopt;
  const char* search = ::getenv("PATH");
  std::string_view rest = search != nullptr ? search : "/usr/local/bin:/usr/bin:/bin";
  while (!name.empty()) {
    const auto colon = rest.find(':');
    const std::string candidate = join_path(colon == 0 ? "." : rest.substr(0, colon), name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  return std::nullopt;
}

namespace {

std::vector<std::string> environment_of(const SpawnOptions& options) {
  std::vector<std::string> environment;
  if (options.environment) {
    environment = *options.environment;
  } else {
    for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  }
  for (const auto& extra : options.extra_environment) {
    const auto key = extra.substr(0, extra.find('=') + 1);
    std::erase_if(environment, [&](const auto& entry) { return entry.starts_with(key); });
    environment.push_back(extra);
  }
  return environment;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const auto& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// What the child needs, laid out before fork: between fork and exec only async-signal-safe calls
// are allowed, since other threads of the parent may hold any lock.
struct Plan {
  const char* program;
  char** argv;
  char** environment;
  const char* directory;
  const SpawnOptions* options;
  int hold;    // the child waits for one byte here before its exec
  int report;  // and writes errno here when something fails
};

void redirect(int from, int to, bool null_if_unset) {
  if (from < 0 && null_if_unset) from = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (from < 0) return;
  if (from == to)
    ::fcntl(to, F_SETFD, 0);
  else
    ::dup2(from, to);
}

[[noreturn]] void run_child(const Plan& plan) {
  const auto give_up = [&] {
    const int error = errno;
    [[maybe_unused]] const ssize_t written = ::write(plan.report, &error, sizeof error);
    ::_exit(127);
  };
  const SpawnOptions& options = *plan.options;
  // The parent's handlers and mask are not the command's business.
  reset_signal_handlers();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (options.new_process_group) ::setpgid(0, 0);
  if (options.die_with_parent) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  redirect(options.stdin_fd, 0, true);
  redirect(options.stdout_fd, 1, false);
  redirect(options.stderr_fd, 2, false);
  for (const int fd : options.pass_fds) ::fcntl(fd, F_SETFD, 0);
  if (options.network_namespace_fd >= 0 &&
      ::setns(options.network_namespace_fd, CLONE_NEWNET) != 0)
    give_up();
  if (*plan.directory != 0 && ::chdir(plan.directory) != 0) give_up();
  char go;
  ssize_t count;
  while ((count = ::read(plan.hold, &go, 1)) < 0 && errno == EINTR) {}
  if (count != 1) ::_exit(127);  // the parent gave up
  ::execve(plan.program, plan.argv, plan.environment);
  give_up();
  ::_exit(127);
}

// A socket pair rather than a pipe: writing to a child that has already failed must not raise
// SIGPIPE.
Result<Pipe> make_hold() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_errno("cannot make a socket pair");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

}  // namespace

Result<Child> Child::spawn(const std::vector<std::string>& argv, const SpawnOptions& options) {
  if (argv.empty() || argv[0].empty()) return fail(ErrorCode::usage, "no command to run");
  const auto program = find_program(argv[0]);
  if (!program) {
    if (argv[0].find('/') != std::string::npos && ::access(argv[0].c_str(), F_OK) == 0)
      return fail(ErrorCode::permission, argv[0] + ": not executable");
    return fail(ErrorCode::not_found, argv[0] + ": command not found");
  }
  const auto environment = environment_of(options);
  auto argv_pointers = pointers(argv);
  auto environment_pointers = pointers(environment);
  SLIM_TRY(Pipe hold, make_hold());
  SLIM_TRY(Pipe report, make_pipe());
  const Plan plan{program->c_str(), argv_pointers.data(), environment_pointers.data(),
                  options.working_directory.c_str(), &options, hold.read.get(),
                  report.write.get()};
  // Signals wait until the child has its own handlers.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(hold.write.get());  // so that the end of the parent is seen as the end of the pipe
    run_child(plan);
  }
  const int fork_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return fail_errno("cannot start " + argv[0], fork_error);
  if (options.new_process_group) ::setpgid(pid, pid);
  Child child(pid, Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
              options.new_process_group);
  if (!child.pidfd_) return fail_errno("cannot open a pidfd for " + argv[0]);
  hold.read.reset();
  report.write.reset();
  if (options.before_exec) SLIM_CHECK(options.before_exec(pid));
  ::send(hold.write.get(), "g", 1, MSG_NOSIGNAL);  // if the child is gone, its report says why
  int error = 0;
  ssize_t count;
  while ((count = ::read(report.read.get(), &error, sizeof error)) < 0 && errno == EINTR) {}
  if (count == static_cast<ssize_t>(sizeof error)) {
    return fail_errno("cannot run " + argv[0], error);
  }
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      group_(other.group_),
      status_(other.status_) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(group_, other.group_);
  std::swap(status_, other.status_);
  return *this;
}

Child::~Child() {
  if (pid_ < 0 || status_) return;
  kill(SIGKILL);
  siginfo_t info;
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {}
}

Result<std::optional<ExitStatus>> Child::wait(
    const Interrupt& interrupt, std::optional<std::chrono::steady_clock::time_point> deadline) {
  if (status_) return status_;
  SLIM_TRY(const auto ended, wait_readable({pidfd_.get()}, interrupt, deadline));
  if (!ended) return std::nullopt;
  siginfo_t info = {};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0)
    if (errno != EINTR) return fail_errno("cannot wait for a child process");
  status_ = ExitStatus::of(info);
  return status_;
}

void Child::kill(int signal) {
  if (pid_ < 0 || status_) return;
  if (group_)
    ::kill(-pid_, signal);
  else
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0);
}

namespace {

// Keeps the first `limit` bytes of a stream.
struct Capture {
  Fd fd;
  std::string* text;
  uint64_t dropped = 0;

  // False at the end of the stream.
  bool drain(size_t limit) {
    char buffer[16 << 10];
    const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    const size_t room = limit - std::min(limit, text->size());
    const size_t kept = std::min(room, static_cast<size_t>(count));
    text->append(buffer, kept);
    dropped += static_cast<size_t>(count) - kept;
    return count > 0;
  }
};

}  // namespace

Result<Output> run_command(const std::vector<std::string>& argv, const Interrupt& interrupt,
                           SpawnOptions options, size_t limit) {
  SLIM_TRY(Pipe out, make_pipe());
  SLIM_TRY(Pipe err, make_pipe());
  options.stdout_fd = out.write.get();
  options.stderr_fd = err.write.get();
  SLIM_TRY(Child child, Child::spawn(argv, options));
  out.write.reset();
  err.write.reset();
  Output output;
  std::vector<Capture> streams;
  streams.push_back({std::move(out.read), &output.out});
  streams.push_back({std::move(err.read), &output.err});
  const auto note_dropped = [](Capture& stream) {
    if (stream.dropped > 0)
      *stream.text += "\n... " + std::to_string(stream.dropped) + " bytes more";
  };
  // A grandchild may keep a pipe open after the command has ended, so its end counts as well.
  for (bool ended = false; !streams.empty();) {
    std::vector<int> fds;
    for (const auto& stream : streams) fds.push_back(stream.fd.get());
    if (!ended) fds.push_back(child.pidfd().get());
    const Deadline deadline = ended ? Deadline(std::chrono::steady_clock::now()) : std::nullopt;
    SLIM_TRY(const auto ready, wait_readable(fds, interrupt, deadline));
    if (!ready) break;
    if (*ready == streams.size()) {
      ended = true;
    } else if (!streams[*ready].drain(limit)) {
      note_dropped(streams[*ready]);
      streams.erase(streams.begin() + static_cast<ptrdiff_t>(*ready));
    }
  }
  for (auto& stream : streams) note_dropped(stream);
  SLIM_TRY(const auto status, child.wait(interrupt));
  output.status = *status;
  return output;
}

}  // namespace slim
