// SPDX-License-Identifier: Apache-2.0
// What an event from the kernel means to the Recorder.
#pragma once

#include <array>
#include <span>
#include <string>

#include "slim/base/fd.hpp"
#include "slim_events.h"
#include "trace/recorder.hpp"

namespace slim::trace {

class EventReader {
 public:
  explicit EventReader(Recorder& recorder) : recorder_(recorder) {}

  // The container's root directory, to look up scripts in; without it they are known only as
  // written.
  void set_root(Fd root);
  void drop_root() { root_.reset(); }

  void read(const slim_event& event, std::span<const char> strings);
  bool saw_malformed() const { return malformed_; }

 private:
  void read_arguments(const slim_event& event, const std::string& bytes);
  void read_exec(const slim_event& event, const std::array<std::string, SLIM_STRINGS>& strings);
  void read_socket(const slim_event& event, const std::array<std::string, SLIM_STRINGS>& strings);
  void read_scripts(std::string path, const std::string& working_directory);

  Recorder& recorder_;
  Fd root_;
  std::string root_name_;  // of the root as this process sees it
  uint64_t root_mount_ = 0;
  bool malformed_ = false;
};

}  // namespace slim::trace
