// SPDX-License-Identifier: Apache-2.0
// What an event from the kernel means to the Recorder.
#pragma once

#include <array>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "slim/base/fd.hpp"
#include "slim_events.h"
#include "trace/recorder.hpp"

namespace slim::trace {

class EventReader {
  // A port or, of AF_UNIX, a name, with its protocol.
  using ServedAt = std::tuple<std::string, uint16_t, std::string>;

 public:
  explicit EventReader(Recorder& recorder) : recorder_(recorder) {}

  // The container's root directory, to look up scripts in; without it they are known only as
  // written.
  void set_root(Fd root);
  void drop_root() { root_.reset(); }

  void read(const slim_event& event, std::span<const char> strings);
  // Of the connections that were there before the tracer: which were accepted and which were made.
  // Once all events are read, for it depends on what is listened on.
  void settle_connections();
  bool saw_malformed() const { return malformed_; }

 private:
  void read_arguments(const slim_event& event, const std::string& bytes);
  void read_exec(const slim_event& event, const std::array<std::string, SLIM_STRINGS>& strings);
  void read_socket(const slim_event& event, const std::array<std::string, SLIM_STRINGS>& strings);
  void read_connection(const slim_event& event,
                       const std::array<std::string, SLIM_STRINGS>& strings);
  void read_scripts(std::string path, const std::string& working_directory);

  struct Connection {
    SocketUse local, remote;
  };

  Recorder& recorder_;
  std::set<ServedAt> listened_;
  std::vector<Connection> connections_;
  Fd root_;
  std::string root_name_;  // of the root as this process sees it
  uint64_t root_mount_ = 0;
  bool malformed_ = false;
};

}  // namespace slim::trace
