// SPDX-License-Identifier: Apache-2.0
// Follows tasks with ptrace(2). Lives on one thread, which is the tracer of all of them.
//
// Which tasks are recorded: a process is from its first execve inside the container's pid namespace
// on, and so is whatever it forks. What the runtime does before that is followed only so that
// nothing escapes.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <set>
#include <unordered_map>

#include "trace/ptrace/pairing.hpp"
#include "trace/ptrace/wait_status.hpp"
#include "trace/ptrace/watcher.hpp"

namespace slim::trace {

class Engine {
 public:
  // `on_end`: the container's last process is gone.
  Engine(Recorder& recorder, std::function<void()> on_end)
      : recorder_(recorder), watcher_(recorder), on_end_(std::move(on_end)) {}

  // Seizes a process that has one thread and is a child of ours.
  Result<void> follow(pid_t pid);
  // Learns what the container is; seizes its first process if no followed runtime made it.
  Result<void> attach(pid_t init);
  // One report of waitpid(2).
  void handle(pid_t tid, WaitStatus status);
  // Lets go of everything that is not the container's. handle() goes on until is_idle().
  void detach();
  // To be called when a new phase begins, and before the thread ends.
  void settle() { pairing_.release(); }
  bool is_idle() const { return tasks_.empty(); }
  bool has_ended() const { return init_ended_ && recorded_processes_ == 0; }

 private:
  struct Task {
    pid_t tid = 0;
    std::shared_ptr<Process> process;
    std::unique_ptr<PendingCall> pending;
    // After a connect to a name server: each call is looked at until one writes the query.
    int name_server = -1;
    unsigned calls_left = 0;
  };
  // A namespace, as stat(2) identifies it.
  struct NamespaceId {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const NamespaceId&, const NamespaceId&) = default;
  };

  static Result<NamespaceId> pid_namespace(pid_t pid);
  Result<void> seize(pid_t tid, const std::shared_ptr<Process>& process);
  Result<void> seize_all(pid_t pid);
  Task& add(pid_t tid, const std::shared_ptr<Process>& process);
  std::shared_ptr<Process> new_process(pid_t tgid, const Process* parent);
  void remove(pid_t tid, int status);
  void process_ended(Process& process);
  void check_end();

  void unknown(pid_t tid, WaitStatus status);
  void release_held();
  void adopt(pid_t tid, const std::shared_ptr<Process>& creator);
  void on_event(Task& task, WaitStatus status);
  void on_new_task(Task& creator);
  void on_signal(Task& task, int signal);
  void on_seccomp(Task& task);
  void pair(pid_t tid, const WatchedCall& call);
  void on_call(Task& task);
  void on_call_begin(Task& task);
  void on_call_end(Task& task, int64_t result);
  void on_exec(Task& task);
  void on_exit(Task& task);
  void resume(pid_t tid, int signal = 0);
  void let_go(pid_t tid, int signal);

  Recorder& recorder_;
  Watcher watcher_;
  Pairing pairing_;
  std::function<void()> on_end_;
  std::unordered_map<pid_t, Task> tasks_;
  // New tasks that have stopped before their creator's report; they wait for it.
  std::set<pid_t> held_;
  // Children that somebody else in this process waits for: theirs is the exit status.
  std::set<pid_t> waited_for_elsewhere_;
  NamespaceId container_;
  bool attached_ = false;
  bool detaching_ = false;
  pid_t init_ = -1;
  bool init_ended_ = false;
  size_t recorded_processes_ = 0;
};

}  // namespace slim::trace
