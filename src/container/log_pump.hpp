// SPDX-License-Identifier: Apache-2.0
// Carries what a container writes into its log file.
#pragma once

#include <memory>
#include <string>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"

namespace slim::container {

// The container gets a pipe, as from Docker, and not the file itself: a program that opens
// /dev/stdout anew (`echo x > /dev/stdout`) would truncate a file, and its offset would start at 0.
// A thread of its own drains the pipe, so the container never blocks for long on its output.
class LogPump {
 public:
  static Result<LogPump> create(const std::string& log_path);
  LogPump(LogPump&&) noexcept;
  LogPump& operator=(LogPump&&) noexcept;
  ~LogPump();  // what is in the pipe is written first

  int write_fd() const;  // for the container's stdout and stderr
  int news_fd() const;   // readable when the file has grown; reading is the caller's
  void take_news() const;
  void flush() const;    // returns when all that had been written to the pipe is in the file

 private:
  struct State;
  explicit LogPump(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace slim::container
