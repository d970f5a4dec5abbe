// SPDX-License-Identifier: Apache-2.0
// path_calls() by (architecture, number), and the few other calls that ptrace must know about.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "slim/trace/argument_calls.hpp"
#include "trace/path_calls.hpp"

namespace slim::trace {

// A system call as a seccomp stop tells it, or the stop at its beginning.
struct StoppedCall {
  uint32_t arch = 0;  // SCMP_ARCH_*
  int number = 0;     // as libseccomp has it, for x32 with its bit
  std::array<uint64_t, 6> args{};
  bool is_32_bit() const;

  // Nothing when the kernel does not say (the tracee is being killed).
  static std::optional<StoppedCall> of(pid_t tid);
  uint64_t arg(int8_t index) const { return index < 0 ? 0 : args[static_cast<uint8_t>(index)]; }
  int int_arg(int8_t index) const { return static_cast<int>(arg(index)); }
};

struct WatchedCall {
  PathCall call;
  bool changes_root = false;  // what "/" means for this task may differ from now on
  bool changes_mounts = false;
  bool is_io_uring_setup = false;
  bool asks_processors = false;  // sched_getaffinity: see Pairing
  bool sets_processors = false;
  const ArgumentCall* arguments = nullptr;  // whose values are recorded
  bool is_watched() const {
    return call.kind != CallKind::none || changes_root || changes_mounts || is_io_uring_setup;
  }
};

class CallTable {
 public:
  CallTable();  // for this machine's architecture and what it runs besides
  // Never null; an unwatched entry for a call that is not in the table.
  const WatchedCall& find(const StoppedCall& call) const;

 private:
  struct Architecture {
    uint32_t token;
    std::vector<WatchedCall> calls;
  };
  std::vector<Architecture> architectures_;
  WatchedCall unwatched_;
};

}  // namespace slim::trace
