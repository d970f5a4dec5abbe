// SPDX-License-Identifier: Apache-2.0
#include "container/log_pump.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace slim::container {

struct LogPump::State {
  Fd read, write, file;
  Fd request;  // somebody wants a flush or the end
  Fd news;
  std::thread thread;
  std::mutex mutex;
  std::condition_variable done;
  uint64_t asked = 0, answered = 0;  // flushes
  bool stop = false;

  // A full disk loses the log and nothing else: the container must not stall on its output.
  void append(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }

  void drain() {
    char buffer[64 << 10];
    for (;;) {
      const ssize_t count = ::read(read.get(), buffer, sizeof buffer);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;
      append({buffer, static_cast<size_t>(count)});
      signal_eventfd(news);
    }
  }

  // A flush is done once the pipe has been seen empty after it was asked for.
  bool answer() {
    clear_eventfd(request);
    std::unique_lock lock(mutex);
    const uint64_t upto = asked;
    const bool end = stop;
    lock.unlock();
    drain();
    lock.lock();
    answered = upto;
    done.notify_all();
    return !end;
  }

  void run() {
    for (;;) {
      pollfd fds[] = {{read.get(), POLLIN, 0}, {request.get(), POLLIN, 0}};
      if (::poll(fds, 2, -1) < 0) continue;
      if (fds[0].revents != 0) drain();
      if (fds[1].revents != 0 && !answer()) return;
    }
  }
};

Result<LogPump> LogPump::create(const std::string& log_path) {
  auto state = std::make_unique<State>();
  SLIM_TRY(Pipe pipe, make_pipe());
  state->read = std::move(pipe.read);
  state->write = std::move(pipe.write);
  // Only this end: the container's must block, as its programs expect.
  if (::fcntl(state->read.get(), F_SETFL, O_NONBLOCK) != 0)
    return fail_errno("cannot set up the container's output");
  SLIM_TRY(state->file, open_file(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600));
  SLIM_TRY(state->request, make_eventfd());
  SLIM_TRY(state->news, make_eventfd());
  state->thread = std::thread([raw = state.get()] { raw->run(); });
  return LogPump(std::move(state));
}

LogPump::LogPump(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogPump::LogPump(LogPump&&) noexcept = default;
LogPump& LogPump::operator=(LogPump&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

LogPump::~LogPump() {
  if (!state_) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  signal_eventfd(state_->request);
  state_->thread.join();
}

int LogPump::write_fd() const { return state_->write.get(); }
int LogPump::news_fd() const { return state_->news.get(); }

void LogPump::take_news() const {
  clear_eventfd(state_->news);
}

void LogPump::flush() const {
  std::unique_lock lock(state_->mutex);
  const uint64_t mine = ++state_->asked;
  signal_eventfd(state_->request);
  state_->done.wait(lock, [&] { return state_->answered >= mine; });
}

}  // namespace slim::container
