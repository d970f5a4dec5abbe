// SPDX-License-Identifier: Apache-2.0
// Processes that somebody else started, as proc(5) shows them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"

namespace slim {

// A pidfd: readable when the process has ended. Error `not_found`: there is no such process.
Result<Fd> open_process(pid_t pid);

// The inode number of its pid namespace, by which the kernel tells namespaces apart. `process` is a
// number or "self".
Result<uint32_t> pid_namespace_of(const std::string& process);

// Those of a pid namespace that can be looked at. They come and go meanwhile.
Result<std::vector<pid_t>> processes_in(uint32_t pid_namespace);

// What proc_pid_status(5) says of a process or thread in a field such as "NSpid", without the name.
Result<std::string> status_field(pid_t pid, const std::string& field);

// Whether it is the first of its pid namespace, with which all others in it end.
Result<bool> is_first_of_namespace(pid_t pid);

// Whether it has a handler for the signal.
Result<bool> catches_signal(pid_t pid, int signal);

// Whether a signal has an effect on it, if it is the first of its pid namespace: it has a handler, holds
// the signal back for sigwait(3) or signalfd(2), cannot refuse it, or has ended already. The kernel spares
// it all others, see pid_namespaces(7).
Result<bool> heeds_signal(pid_t pid, int signal);

// Whether it has ended, or begun to: it has no program any more (/proc/PID/exe), and its pidfd tells so
// once its memory is freed.
bool is_ending(pid_t pid);

// When it was started; the kernel tells it in hundredths of a second.
Result<std::chrono::steady_clock::time_point> start_of(pid_t pid);

// How long processors have worked for it and for its children that have ended; in hundredths of a second.
Result<std::chrono::milliseconds> processor_time(pid_t pid);

}  // namespace slim
