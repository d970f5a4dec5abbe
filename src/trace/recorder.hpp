// SPDX-License-Identifier: Apache-2.0
// Collects what an engine sees into a Trace. Engines speak in numbers and raw paths; names,
// normalisation, phases and losses are decided here once, so that all engines give the same Trace.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "slim/trace/tracer.hpp"

namespace slim::trace {

class Recorder {
 public:
  Recorder(Backend backend, TracerOptions options);

  void enter_phase(Phase phase);
  Phase phase() const;

  // A path argument as written and the directory it is relative to (ignored when the path is
  // absolute and `base` is "/"; a chroot's root otherwise). `error` is 0 or the errno of the call.
  void lookup(const std::string& base, const std::string& as_written, int error);
  void file(const std::string& resolved, uint32_t access, bool on_rootfs);
  void exec(const std::string& base, const std::string& as_written, const std::string& file);
  // `scmp_arch` is libseccomp's SCMP_ARCH_* token.
  void syscall(uint32_t scmp_arch, int number, uint32_t phases);
  void assume(const std::string& syscall_name);
  void socket(SocketUse use);  // phases are filled in; tells on_socket when it is new
  void capability(int number, bool granted);
  void process_seen();
  void init_ended(int code, int signal);
  // A loss: counted under `name`, explained once under "incomplete".
  void loss(const std::string& name, uint64_t count, const std::string& explanation);
  // Another reason why the trace is incomplete, without a counter.
  void incomplete(const std::string& why);

  Trace take();

 private:
  mutable std::mutex mutex_;
  TracerOptions options_;
  Phase phase_ = kStarting;
  Trace trace_;
};

// Calls whose errno means "there is no such path".
bool means_missing(int error_number);

}  // namespace slim::trace
