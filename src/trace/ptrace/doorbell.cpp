// SPDX-License-Identifier: Apache-2.0
#include "trace/ptrace/doorbell.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

namespace slim::trace {
namespace {

// In the child: only async-signal-safe calls, and no descriptor of ours may stay open in it, or
// somebody would wait for the end of a pipe in vain.
[[noreturn]] void wait_for_ring(int read_end) {
  ::prctl(PR_SET_NAME, "slim-doorbell");
  const auto fd = static_cast<unsigned>(read_end);
  if (fd > 0) ::syscall(SYS_close_range, 0u, fd - 1, 0u);
  ::syscall(SYS_close_range, fd + 1, UINT_MAX, 0u);
  char byte = 0;
  while (::read(read_end, &byte, 1) < 0 && errno == EINTR) {
  }
  ::_exit(0);
}

}  // namespace

Result<Doorbell> Doorbell::create() {
  SLIM_TRY(auto pipe, make_pipe());
  return Doorbell(std::move(pipe));
}

Doorbell::Doorbell(Doorbell&& other) noexcept
    : pipe_(std::move(other.pipe_)), pid_(std::exchange(other.pid_, -1)) {}

Doorbell::~Doorbell() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, __WALL);
}

Result<void> Doorbell::arm() {
  // The child shares the terminal's process group; an interrupt is not meant for it.
  sigset_t all, old;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &old);
  const pid_t pid = ::fork();
  if (pid == 0) wait_for_ring(pipe_.read.get());
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  if (pid < 0) return fail_errno("fork", error);
  pid_ = pid;
  return {};
}

void Doorbell::ring() {
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = ::write(pipe_.write.get(), &byte, 1);
}

}  // namespace slim::trace
