// SPDX-License-Identifier: Apache-2.0
#include "trace/ptrace/ptrace_tracer.hpp"

#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "trace/ptrace/doorbell.hpp"
#include "trace/ptrace/engine.hpp"

namespace slim::trace {
namespace {

// PTRACE_GET_SYSCALL_INFO 5.3, pidfd_getfd and openat2 5.6, STATX_MNT_ID 5.8.
constexpr int kLeastMajor = 5;
constexpr int kLeastMinor = 8;

Result<void> check_kernel() {
  utsname names{};
  int major = 0, minor = 0;
  if (::uname(&names) != 0 || std::sscanf(names.release, "%d.%d", &major, &minor) != 2) return {};
  if (major > kLeastMajor || (major == kLeastMajor && minor >= kLeastMinor)) return {};
  return fail(ErrorCode::unsupported, std::string("tracing with ptrace needs Linux 5.8 or newer, "
                                                  "this is ") +
                                          names.release);
}

// The thread that is the tracer of everything. Other threads hand it commands.
class TracerThread {
 public:
  static Result<std::unique_ptr<TracerThread>> start(Recorder& recorder) {
    SLIM_TRY(auto ended, make_eventfd());
    SLIM_TRY(auto doorbell, Doorbell::create());
    std::unique_ptr<TracerThread> result(
        new TracerThread(recorder, std::move(ended), std::move(doorbell)));
    result->thread_ = std::thread([self = result.get()] { self->run(); });
    auto checked = result->call([self = result.get()] { return self->probe(); });
    if (!checked) return tl::unexpected<Error>(std::move(checked).error());
    return result;
  }
  ~TracerThread() { stop(); }

  Engine& engine() { return engine_; }  // inside call() only
  int ended_fd() const { return ended_.get(); }

  // Runs something on the thread and gives its result.
  Result<void> call(std::function<Result<void>()> what) {
    std::promise<Result<void>> done;
    auto result = done.get_future();
    {
      std::lock_guard lock(mutex_);
      if (failure_) return tl::unexpected<Error>(*failure_);
      commands_.push_back({std::move(what), &done});
    }
    doorbell_.ring();
    return result.get();
  }
  // The same without waiting, so also from the thread itself.
  void post(std::function<Result<void>()> what) {
    {
      std::lock_guard lock(mutex_);
      if (failure_) return;
      commands_.push_back({std::move(what), nullptr});
    }
    doorbell_.ring();
  }

  // Detaches from what is left outside the container and ends the thread; with tracees of the
  // container left, they are killed by PTRACE_O_EXITKILL.
  void stop() {
    if (!thread_.joinable()) return;
    (void)call([this]() -> Result<void> {
      stopping_ = true;
      if (engine_.has_ended()) engine_.detach();
      return {};
    });
    thread_.join();
  }

 private:
  struct Command {
    std::function<Result<void>()> what;
    std::promise<Result<void>>* done;
  };

  TracerThread(Recorder& recorder, Fd ended, Doorbell doorbell)
      : ended_(std::move(ended)),
        doorbell_(std::move(doorbell)),
        engine_(recorder, [this] { signal_eventfd(ended_); }) {}

  bool may_leave() const { return stopping_ && (!engine_.has_ended() || engine_.is_idle()); }

  void run() {
    // Signals are for the main thread.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
    while (!may_leave()) {
      if (doorbell_.pid() < 0) {
        if (auto armed = doorbell_.arm(); !armed) {
          give_up(std::move(armed).error());
          return;
        }
      }
      int status = 0;
      const pid_t tid = ::waitpid(-1, &status, __WALL | __WNOTHREAD);
      if (tid < 0) {
        if (errno == EINTR) continue;
        give_up(errno_error("waitpid"));
        return;
      }
      if (tid == doorbell_.pid()) {
        if (!WaitStatus(status).is_end()) continue;
        doorbell_.ended();
        run_commands();
      } else {
        engine_.handle(tid, WaitStatus(status));
      }
    }
    engine_.settle();
  }

  void run_commands() {
    std::deque<Command> commands;
    {
      std::lock_guard lock(mutex_);
      commands.swap(commands_);
    }
    for (auto& command : commands) {
      auto result = command.what();
      if (command.done != nullptr) command.done->set_value(std::move(result));
    }
  }

  // Without a way to wait there is nothing left to do; whoever asks is told.
  void give_up(Error error) {
    std::lock_guard lock(mutex_);
    for (auto& command : commands_)
      if (command.done != nullptr) command.done->set_value(tl::unexpected<Error>(error));
    commands_.clear();
    failure_ = std::move(error);
    signal_eventfd(ended_);
  }

  // Whether ptrace may be used at all: a security module or a seccomp filter may forbid it.
  Result<void> probe() {
    const pid_t child = ::fork();
    if (child < 0) return fail_errno("fork");
    if (child == 0)
      for (;;) ::pause();
    const bool seized = ::ptrace(PTRACE_SEIZE, child, 0, 0) == 0;
    const int error = errno;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, __WALL);
    if (seized) return {};
    return tl::unexpected<Error>(
        errno_error("ptrace is forbidden here", error)
            .as(ErrorCode::permission)
            .context("in a container, allow it with --cap-add SYS_PTRACE"));
  }

  Fd ended_;
  Doorbell doorbell_;
  Engine engine_;
  bool stopping_ = false;  // of the thread
  std::mutex mutex_;
  std::deque<Command> commands_;
  std::optional<Error> failure_;
  std::thread thread_;
};

class PtraceTracer final : public Tracer {
 public:
  explicit PtraceTracer(TracerOptions options) : recorder_(Backend::ptrace, std::move(options)) {
    for (const auto& name : ptrace_assumed_syscalls()) recorder_.assume(name);
  }
  Result<void> start() {
    SLIM_TRY(thread_, TracerThread::start(recorder_));
    return {};
  }

  Backend backend() const override { return Backend::ptrace; }

  Result<void> follow(pid_t held) override {
    return thread_->call([&] { return thread_->engine().follow(held); });
  }

  Result<void> attach(pid_t init) override {
    recorder_.begin();
    return thread_->call([&] { return thread_->engine().attach(init); });
  }

  void enter_phase(Phase phase) override {
    recorder_.enter_phase(phase);
    if (!thread_) return;
    thread_->post([engine = &thread_->engine()]() -> Result<void> {
      engine->settle();
      return {};
    });
  }

  // Its thread records a call before it lets the caller go on.
  Result<Trace> snapshot() override { return recorder_.copy(); }

  Result<Trace> finish(const Interrupt& interrupt, Deadline deadline) override {
    SLIM_TRY(const auto ended, wait_readable({thread_->ended_fd()}, interrupt, deadline));
    if (!ended)
      recorder_.incomplete("the container's processes had not ended when the time was up");
    thread_.reset();
    return recorder_.take();
  }

 private:
  Recorder recorder_;
  std::unique_ptr<TracerThread> thread_;
};

}  // namespace

Result<std::unique_ptr<Tracer>> create_ptrace_tracer(TracerOptions options) {
  SLIM_CHECK(check_kernel());
  auto tracer = std::make_unique<PtraceTracer>(std::move(options));
  SLIM_CHECK(tracer->start());
  return std::unique_ptr<Tracer>(std::move(tracer));
}

}  // namespace slim::trace
