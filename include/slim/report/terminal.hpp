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
};

class Terminal : public Progress {
 public:
  explicit Terminal(TerminalOptions options);
  ~Terminal() override;
  // Begins a phase ("unpack", "probe"); the one before it ends. `what` is shown beside it.
  void begin(const std::string& phase, const std::string& what);
  // Ends the current phase; `result` is shown in place of progress ("3 layers, 1 unpacked").
  void end(const std::string& result);
  void note(const std::string& line);     // an extra line that stays
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
