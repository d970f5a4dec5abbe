// SPDX-License-Identifier: Apache-2.0
#include "slim/report/terminal.hpp"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "report/format.hpp"

namespace slim::report {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kTellAgain = std::chrono::seconds(30);
constexpr size_t kPhaseColumns = 12;

bool is_set(const char* variable) {
  const char* value = getenv(variable);
  return value && *value;
}

bool is_dumb() {
  const char* term = getenv("TERM");
  return !term || !*term || std::strcmp(term, "dumb") == 0;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string bar(double share, size_t width) {
  const auto full = static_cast<size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(width));
  return "[" + std::string(full, '=') + std::string(width - full, ' ') + "]";
}

// The phase's name in its column; a longer one is set off all the same.
std::string label(const std::string& phase) {
  return pad_right(phase, std::max(kPhaseColumns, columns(phase) + 2));
}

}  // namespace

unsigned terminal_width(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  if (const char* text = getenv("COLUMNS")) {
    const long columns = std::strtol(text, nullptr, 10);
    if (columns > 0 && columns < 10000) return static_cast<unsigned>(columns);
  }
  return 80;
}

bool use_colour(int fd, bool wanted) {
  return wanted && ::isatty(fd) == 1 && !is_set("NO_COLOR") && !is_dumb();
}

struct Terminal::State {
  explicit State(const TerminalOptions& given)
      : options(given),
        live(!given.quiet && ::isatty(given.fd) == 1 && !is_dumb()),
        colour(use_colour(given.fd, given.colour)) {}

  const TerminalOptions options;
  const bool live;  // one line is redrawn in place
  const bool colour;
  std::vector<std::pair<std::string, double>> timings;

  // The position, written by any thread.
  std::atomic<uint64_t> done{0}, total{0}, files{0};

  std::mutex mutex;  // guards everything below, and the terminal itself
  std::condition_variable changed;
  std::thread redrawing;
  bool stopping = false;
  bool in_phase = false;
  std::string phase, what;
  Clock::time_point started;
  Clock::time_point told;  // the last status written as a line
  bool drawn = false;  // the live line is on the screen

  void write(const std::string& text) const {
    // A terminal that is gone is no reason to stop the work.
    for (size_t sent = 0; sent < text.size();) {
      const ssize_t count = ::write(options.fd, text.data() + sent, text.size() - sent);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;
      sent += static_cast<size_t>(count);
    }
  }

  // What takes the live line off the screen, up to its end wherever that went. A terminal that has
  // become narrower may have broken the line in two and keep the cursor in either part: rows above
  // the cursor are left alone, for a stale piece is better than somebody else's line lost.
  std::string erase() {
    if (!drawn) return "";
    drawn = false;
    return "\r\x1b[J";
  }

  std::string position() const {
    const uint64_t now = done, all = total, count = files;
    std::string text;
    if (all > 0)
      text = human_bytes(now) + " of " + human_bytes(std::max(now, all));
    else if (now > 0)
      text = human_bytes(now);
    if (count > 0) text += (text.empty() ? "" : ", ") + human_count(count) + " files";
    return text;
  }

  // Less important parts are left out when the line is too short: first the bar, then what the
  // phase works on. The last column stays free, or the cursor would wrap.
  std::string line() const {
    const size_t width = std::max(20u, terminal_width(options.fd)) - 1;
    const std::string name = "  " + label(phase);
    const std::string time = human_seconds(seconds_since(started));
    std::string right = position();
    right = right.empty() ? time : right + "  " + time;
    const uint64_t all = total;
    constexpr size_t kBar = 20;
    if (all > 0 && columns(name) + kBar + 2 + 1 + columns(right) + 16 < width)
      right = bar(static_cast<double>(done) / static_cast<double>(all), kBar) + " " + right;
    const size_t used = columns(name) + columns(right) + 2;
    const std::string middle = used + 4 <= width ? fit(what, width - used) : "";
    return fit(name + (middle.empty() ? "" : middle + "  ") + right, width);
  }

  void draw() {
    if (!live || !in_phase) return;
    const std::string text = line();
    const std::string erased = erase();
    drawn = true;
    write(erased + styled(text, Style::dim, colour));
  }

  void print(const std::string& text) {
    const std::string erased = erase();
    write(erased + text + "\n");
    draw();
  }

  void finish_phase(const std::string& result) {
    const double seconds = seconds_since(started);
    in_phase = false;
    timings.emplace_back(phase, seconds);
    if (options.quiet) return;
    const std::string text = printable(result.empty() ? what : result);
    print("  " + label(phase) + (text.empty() ? "" : text + " ") +
          styled("(" + human_seconds(seconds) + ")", Style::dim, colour));
  }

  void keep_redrawing() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      if (in_phase) {
        changed.wait_for(lock, kRedraw);
        draw();
      } else {
        changed.wait(lock);
      }
    }
  }

  // Only once there is something to redraw. Signals are for the main thread.
  void start_redrawing() {
    if (!live || redrawing.joinable()) return;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    redrawing = std::thread([this] { keep_redrawing(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
};

Terminal::Terminal(TerminalOptions options) : state_(std::make_unique<State>(options)) {}

Terminal::~Terminal() {
  {
    const std::lock_guard guard(state_->mutex);
    state_->stopping = true;
    if (state_->in_phase && !state_->options.quiet) {
      state_->in_phase = false;
      state_->print("  " + label(state_->phase) + "stopped after " +
                    human_seconds(seconds_since(state_->started)));
    }
  }
  state_->changed.notify_all();
  if (state_->redrawing.joinable()) state_->redrawing.join();
}

void Terminal::begin(const std::string& phase, const std::string& what) {
  const std::lock_guard guard(state_->mutex);
  if (state_->in_phase) state_->finish_phase("");
  state_->phase = printable(phase);
  state_->what = printable(what);
  state_->done = state_->total = state_->files = 0;
  state_->started = state_->told = Clock::now();
  state_->in_phase = true;
  state_->start_redrawing();
  state_->draw();
  state_->changed.notify_all();
}

void Terminal::end(const std::string& result) {
  const std::lock_guard guard(state_->mutex);
  if (state_->in_phase) state_->finish_phase(result);
}

void Terminal::status(const std::string& what) {
  const std::lock_guard guard(state_->mutex);
  state_->what = printable(what);
  const auto now = Clock::now();
  if (state_->live || state_->options.quiet || now - state_->told < kTellAgain) return;
  state_->told = now;
  state_->print("  " + label(state_->phase) + state_->what);
}

void Terminal::note(const std::string& line) {
  const std::lock_guard guard(state_->mutex);
  if (!state_->options.quiet) state_->print("  " + printable(line));
}

void Terminal::warning(const std::string& line) {
  const std::lock_guard guard(state_->mutex);
  state_->print(styled("warning: ", Style::yellow, state_->colour) + printable(line));
}

void Terminal::advance(uint64_t done, uint64_t total, uint64_t files) {
  state_->done.store(done, std::memory_order_relaxed);
  state_->total.store(total, std::memory_order_relaxed);
  state_->files.store(files, std::memory_order_relaxed);
}

const std::vector<std::pair<std::string, double>>& Terminal::timings() const {
  return state_->timings;
}

}  // namespace slim::report
