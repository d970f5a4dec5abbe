// SPDX-License-Identifier: Apache-2.0
// Stops at system calls.
#include "trace/ptrace/engine.hpp"

namespace slim::trace {
namespace {

// Between a connect to a name server and the query; resolvers set options and take the time.
constexpr unsigned kCallsToQuery = 64;

}  // namespace

void Engine::on_seccomp(Task& task) {
  if (task.process->recorded) {
    if (const auto call = StoppedCall::of(task.tid)) {
      task.pending = watcher_.enter({task.tid, *task.process}, *call);
      pair(task.tid, watcher_.find(*call));
    }
  }
  // The next stop is then the end of this call: since Linux 4.8 seccomp comes after the stop at the
  // beginning of a call.
  ::ptrace(task.pending || task.calls_left > 0 ? PTRACE_SYSCALL : PTRACE_CONT, task.tid, 0, 0);
}

void Engine::pair(pid_t tid, const WatchedCall& call) {
  if (call.sets_processors)
    pairing_.disable();
  else if (call.asks_processors)
    pairing_.release();
  else
    pairing_.stopped(tid);
}

// The stop at the beginning of a call comes before seccomp's, and only to a task whose calls are
// looked at.
void Engine::on_call(Task& task) {
  __ptrace_syscall_info info{};
  const pid_t tid = task.tid;
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) > 0) {
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) on_call_begin(task);
    if (info.op == PTRACE_SYSCALL_INFO_EXIT) on_call_end(task, info.exit.rval);
  }
  resume(tid);
}

void Engine::on_call_begin(Task& task) {
  if (task.calls_left == 0) return;
  --task.calls_left;
  const auto call = StoppedCall::of(task.tid);
  if (!call || watcher_.wrote({task.tid, *task.process}, *call, task.name_server))
    task.calls_left = 0;
}

void Engine::on_call_end(Task& task, int64_t result) {
  const auto pending = std::move(task.pending);
  if (!pending) return;
  watcher_.leave({task.tid, *task.process}, *pending, result);
  if (const auto name_server = Watcher::name_server_of(*pending)) {
    task.name_server = *name_server;
    task.calls_left = kCallsToQuery;
  }
}

}  // namespace slim::trace
