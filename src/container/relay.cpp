// SPDX-License-Identifier: Apache-2.0
#include "container/relay.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "slim/base/signals.hpp"

namespace slim::container {

namespace {

// What the relay and the command tell slim; smaller than PIPE_BUF, so written in one piece.
struct Message {
  enum Kind : int { started, not_executed, ended } kind;
  int value;  // pid; errno; status as of waitpid(2)
};

// All that both processes need, laid out before fork: after it, other threads of slim may have
// held any lock, so only async-signal-safe calls are allowed.
struct Plan {
  char* const* argv;
  int output, null;
  int hold;    // the command waits here for one byte before its exec; ends with slim
  int report;
  int lock;    // -1: none
};

void tell(int report, Message::Kind kind, int value) {
  const Message message{kind, value};
  [[maybe_unused]] const ssize_t written = ::write(report, &message, sizeof message);
}

[[noreturn]] void run_command_process(const Plan& plan) {
  ::dup2(plan.null, 0);
  ::dup2(plan.output, 1);
  ::dup2(plan.output, 2);
  ::syscall(SYS_close_range, 3u, UINT_MAX, CLOSE_RANGE_CLOEXEC);
  char go;
  ssize_t count;
  while ((count = ::read(plan.hold, &go, 1)) < 0 && errno == EINTR) {
  }
  if (count != 1) ::_exit(127);  // slim gave up
  ::execve(plan.argv[0], plan.argv, environ);
  tell(plan.report, Message::not_executed, errno);
  ::_exit(127);
}

// Nothing else of slim's may stay open in the relay, or somebody would wait for the end of a pipe.
void keep_open_only(const Plan& plan) {
  unsigned kept[] = {static_cast<unsigned>(plan.hold), static_cast<unsigned>(plan.report),
                     static_cast<unsigned>(plan.lock >= 0 ? plan.lock : plan.report)};
  std::sort(std::begin(kept), std::end(kept));
  unsigned first = 0;
  for (const unsigned fd : kept) {
    if (fd > first) ::syscall(SYS_close_range, first, fd - 1, 0u);
    first = std::max(first, fd + 1);
  }
  ::syscall(SYS_close_range, first, UINT_MAX, 0u);
}

// Waits for the command, and kills it if slim ends first.
void outlive(pid_t command, int hold) {
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, command, 0));
  // POLLHUP is always reported; the byte that is for the command must not wake the relay.
  pollfd fds[] = {{pidfd, POLLIN, 0}, {hold, 0, 0}};
  while (::poll(fds, 2, -1) < 0 && errno == EINTR) {
  }
  if (fds[0].revents == 0 && fds[1].revents != 0) ::kill(command, SIGKILL);
}

[[noreturn]] void run_relay_process(const Plan& plan, int slim_hold_end) {
  ::close(slim_hold_end);
  reset_signal_handlers();
  ::setpgid(0, 0);
  ::prctl(PR_SET_NAME, "slim-relay");
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const pid_t command = ::fork();
  if (command == 0) run_command_process(plan);
  if (command < 0) {
    tell(plan.report, Message::not_executed, errno);
    ::_exit(1);
  }
  tell(plan.report, Message::started, command);
  keep_open_only(plan);
  outlive(command, plan.hold);
  int status = 0;
  while (::waitpid(command, &status, 0) < 0 && errno == EINTR) {
  }
  tell(plan.report, Message::ended, status);
  ::_exit(0);
}

// nullopt at the end of the pipe.
std::optional<Message> next_message(const Fd& report) {
  Message message;
  ssize_t count;
  while ((count = ::read(report.get(), &message, sizeof message)) < 0 && errno == EINTR) {
  }
  if (count != static_cast<ssize_t>(sizeof message)) return std::nullopt;
  return message;
}

}  // namespace

Result<Relay> Relay::start(const std::vector<std::string>& line, const RelayOptions& options) {
  std::vector<char*> argv;
  for (const auto& word : line) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  SLIM_TRY(const Fd null, open_file("/dev/null", O_RDWR));
  int ends[2];
  // A socket pair: writing to a command that is already gone must not raise SIGPIPE.
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_errno("cannot make a socket pair");
  Fd hold(ends[0]), go(ends[1]);
  SLIM_TRY(Pipe report, make_pipe());
  Fd lock;
  if (!options.lock_path.empty()) {
    SLIM_TRY(lock, open_file(options.lock_path, O_RDWR | O_CREAT, 0600));
    if (::flock(lock.get(), LOCK_SH) != 0) return fail_errno("cannot lock " + options.lock_path);
  }
  const Plan plan{argv.data(), options.output_fd >= 0 ? options.output_fd : null.get(), null.get(),
                  hold.get(),  report.write.get(), lock.get()};
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) run_relay_process(plan, go.get());
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return fail_errno("cannot start " + line[0], error);
  ::setpgid(pid, pid);
  report.write.reset();
  Relay relay(pid, std::move(report.read), std::move(go));
  const auto first = next_message(relay.report_);
  if (!first || first->kind != Message::started)
    return fail_errno("cannot start " + line[0], first ? first->value : ECHILD);
  if (options.before_exec) SLIM_CHECK(options.before_exec(first->value));
  ::send(relay.life_.get(), "g", 1, MSG_NOSIGNAL);
  return relay;
}

Relay::Relay(Relay&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      report_(std::move(other.report_)),
      life_(std::move(other.life_)) {}

Relay::~Relay() {
  if (pid_ < 0) return;
  ::kill(-pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<std::optional<ExitStatus>> Relay::wait(const Interrupt& interrupt, Deadline deadline) {
  SLIM_TRY(const auto ready, wait_readable({report_.get()}, interrupt, deadline));
  if (!ready) return std::nullopt;
  const auto message = next_message(report_);
  if (message && message->kind == Message::not_executed)
    return fail_errno("cannot execute the runtime", message->value);
  // The relay has nothing more to do; should it have been killed, so has the command.
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (!message) return ExitStatus{0, SIGKILL};
  if (WIFSIGNALED(message->value)) return ExitStatus{0, WTERMSIG(message->value)};
  return ExitStatus{WEXITSTATUS(message->value), 0};
}

}  // namespace slim::container
