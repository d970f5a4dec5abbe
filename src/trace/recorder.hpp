// SPDX-License-Identifier: Apache-2.0
// Collects what an engine sees into a Trace. Engines speak in numbers and raw paths; names,
// normalisation, phases and losses are decided here once, so that all engines give the same Trace.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "slim/trace/tracer.hpp"

namespace slim::trace {

class Recorder {
 public:
  Recorder(Backend backend, TracerOptions options);

  void begin();  // the container is about to start: times are counted from here
  // It was started then, and what it did since is not known.
  void begin_late(std::chrono::steady_clock::time_point started);
  void enter_phase(Phase phase);
  Phase phase() const;

  // A path argument as written and the directory it is relative to; for an absolute path `base` is
  // "/", or the root of a process in a chroot. `error` is 0 or the errno of the call. An empty path
  // names nothing and is ignored.
  void lookup(const std::string& base, const std::string& as_written, int error);
  // Besides lookup(): access(2) was asked whether it may be written, and said yes.
  void may_write(const std::string& base, const std::string& as_written);
  void file(const std::string& resolved, uint32_t access, bool on_rootfs);
  // A successful execve: also a lookup of `as_written`. When that is empty (a descriptor was
  // executed), `file` stands for it. What was executed, read as a script and mapped is told by
  // file() besides.
  void exec(const std::string& base, const std::string& as_written, const std::string& file);
  // `scmp_arch` is libseccomp's SCMP_ARCH_* token.
  void syscall(uint32_t scmp_arch, int number, uint32_t phases);
  // A call of argument_calls() with the values of those arguments.
  void arguments(uint32_t scmp_arch, int number, std::vector<uint32_t> values);
  void assume(const std::string& syscall_name);
  // phases and since_ms are filled in; tells on_socket (on the calling thread) when a listen or
  // bind is new. What was `there_before` the tracer has no since_ms.
  enum class Seen { as_it_came, there_before };
  void socket(SocketUse use, Seen seen = Seen::as_it_came);
  // What `process` sent to port 53, from its first byte on; `stream`: over TCP.
  void asked(const std::string& process, std::string_view payload, bool stream);
  void names_lost(uint64_t count);  // what was sent there could not be read
  void capability(int number, bool granted);
  void capabilities_are_known();  // capability() will be told of every use
  void process_seen();
  void init_ended(int code, int signal);
  // A loss: counted under `name`, explained once under "incomplete".
  void loss(const std::string& name, uint64_t count, const std::string& explanation);
  // Another reason why the trace is incomplete, without a counter.
  void incomplete(const std::string& why);

  Trace copy() const;
  Trace take();

 private:
  uint64_t since_beginning() const;  // milliseconds; with the lock held

  mutable std::mutex mutex_;
  TracerOptions options_;
  Phase phase_ = kStarting;
  std::optional<std::chrono::steady_clock::time_point> began_;
  Trace trace_;
  std::set<std::string> assumed_;
};

// A path as it was written as one from the container's root. `base` is the directory that it is
// relative to, or the root that an absolute path starts from.
std::string absolute_path(const std::string& base, const std::string& as_written);

// What a call that looked a path up and ended with that errno (or 0) tells of the path.
bool LookupUse::*outcome_of(int error_number);

}  // namespace slim::trace
