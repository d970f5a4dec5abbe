// SPDX-License-Identifier: Apache-2.0
// What a Container holds; shared by the files that implement it.
#pragma once

#include <atomic>

#include "container/log_pump.hpp"
#include "container/prepare.hpp"
#include "container/runtime.hpp"

namespace slim::container {

struct Container::State {
  Request request;  // `config` points to `config` below
  image::ImageConfig config;
  Runtime runtime;
  std::string version;
  std::string log_path;
  std::optional<LogPump> pump;
  Prepared prepared;
  pid_t pid = -1;
  Fd pidfd;
  std::vector<std::string> mount_points;
  std::atomic<unsigned> exec_number{0};
  bool removed = false;

  RuntimePlace place(const std::string& log_name) const;
  std::string path(const std::string& name) const;
  Result<void> run(const Interrupt& interrupt, const std::string& command,
                   std::vector<std::string> arguments);
  Result<void> wait_for_namespace() const;  // for the end of all in it, after SIGKILL to the first
  void reap() const;
};

}  // namespace slim::container
