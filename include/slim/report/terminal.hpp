// SPDX-License-Identifier: Apache-2.0
// Phases and progress on stderr: one live line on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "slim/base/progress.hpp"

namespace slim::report {

struct TerminalOptions {
  bool quiet = false;
  bool colour = true;  // also off when NO_COLOR is set or stderr is not a terminal
  int fd = 2;          // where to; tests give a pseudo terminal
};

// Columns of the terminal at `fd`; if it is none, $COLUMNS, else 80.
unsigned terminal_width(int fd);
// Whether what is written to `fd` is to be coloured: wanted, a terminal that knows colours
// (TERM is not "dumb"), and NO_COLOR (no-color.org) unset or empty.
bool use_colour(int fd, bool wanted);

// When quiet, only warnings are written; the timings are kept all the same. On a terminal a thread
// redraws the live line ten times a second, whether or not anything advances. A phase that is still
// going on when the object is destroyed is shown as stopped and has no timing.
class Terminal : public Progress {
 public:
  explicit Terminal(TerminalOptions options);
  ~Terminal() override;
  // Begins a phase ("unpack", "probe"); the one before it ends. `what` is shown beside it. Line
  // breaks and control characters in any text are written escaped.
  void begin(const std::string& phase, const std::string& what);
  // Ends the current phase; `result` is shown in place of progress ("3 layers, 1 unpacked").
  void end(const std::string& result);
  // What the current phase is at now, in place of what is shown beside it. Where there is no live line
  // it is written as a line of its own, at most every 30 seconds.
  void status(const std::string& what);
  void note(const std::string& line);  // an extra line that stays
  void warning(const std::string& line);
  void advance(uint64_t done, uint64_t total, uint64_t files) override;
  // Seconds of every ended phase, in order.
  const std::vector<std::pair<std::string, double>>& timings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// "1.2 GB", "34.5 MB", "980 B": decimal units, as docker shows.
std::string human_bytes(uint64_t bytes);

}  // namespace slim::report
