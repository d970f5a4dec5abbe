// SPDX-License-Identifier: Apache-2.0
#include "trace/ptrace/engine.hpp"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

#include "slim/base/process.hpp"
#include "trace/syscall_names.hpp"

namespace slim::trace {
namespace {

// EXITKILL: a filter that answers TRACE makes every call fail once the tracer is gone, so nothing
// may outlive it.
constexpr unsigned long kOptions = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                   PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP |
                                   PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;

unsigned long event_message(pid_t tid) {
  unsigned long message = 0;
  ::ptrace(PTRACE_GETEVENTMSG, tid, 0, &message);
  return message;
}

bool is_thread_of(pid_t tgid, pid_t tid) { return ::syscall(SYS_tgkill, tgid, tid, 0) == 0; }

// A number of proc_pid_status(5); -1 when the task is gone.
pid_t status_number(pid_t tid, const std::string& field) {
  const auto text = status_field(tid, field);
  return text ? std::atoi(text->c_str()) : -1;
}

// Whether the kernel raised the signal for what the task's own instruction did.
bool is_fault(pid_t tid, int signal) {
  if (signal != SIGSEGV && signal != SIGBUS && signal != SIGILL && signal != SIGFPE &&
      signal != SIGTRAP && signal != SIGSYS)
    return false;
  siginfo_t info{};
  return ::ptrace(PTRACE_GETSIGINFO, tid, 0, &info) == 0 && info.si_code > 0;
}

// Whether the task is number 1 of its pid namespace and has no handler for the signal.
bool is_deadly_fault_of_init(pid_t tid, int signal) {
  const auto first = is_first_of_namespace(tid);
  const auto caught = catches_signal(tid, signal);
  return first && *first && caught && !*caught;
}

}  // namespace

Result<Engine::NamespaceId> Engine::pid_namespace(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/ns/pid";
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail_errno(path);
  return NamespaceId{info.st_dev, info.st_ino};
}

Result<void> Engine::seize(pid_t tid, const std::shared_ptr<Process>& process) {
  if (::ptrace(PTRACE_SEIZE, tid, 0, kOptions) != 0)
    return fail_errno("ptrace(PTRACE_SEIZE) of process " + std::to_string(tid));
  add(tid, process);
  return {};
}

Result<void> Engine::seize_all(pid_t pid) {
  auto process = new_process(pid, nullptr);
  const std::string path = "/proc/" + std::to_string(pid) + "/task";
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return fail_errno(path);
  Result<void> result;
  while (const dirent* entry = ::readdir(directory)) {
    const pid_t tid = std::atoi(entry->d_name);
    if (tid > 0 && result) result = seize(tid, process);
  }
  ::closedir(directory);
  return result;
}

Result<void> Engine::follow(pid_t pid) {
  waited_for_elsewhere_.insert(pid);
  return seize(pid, new_process(pid, nullptr));
}

Result<void> Engine::attach(pid_t init) {
  SLIM_TRY(container_, pid_namespace(init));
  SLIM_TRY(const auto own, pid_namespace(::getpid()));
  if (container_ == own)
    return fail(ErrorCode::unsupported,
                "the container has no pid namespace of its own, so its processes cannot be told "
                "from others");
  SLIM_TRY(auto files, ContainerFiles::of(init));
  if (!tasks_.contains(init)) SLIM_CHECK(seize_all(init));
  watcher_.set_container(std::move(files));
  waited_for_elsewhere_.insert(init);
  init_ = init;
  attached_ = true;
  return {};
}

std::shared_ptr<Process> Engine::new_process(pid_t tgid, const Process* parent) {
  auto process = std::make_shared<Process>();
  process->tgid = tgid;
  if (parent != nullptr) {
    process->recorded = parent->recorded;
    process->executable = parent->executable;
  }
  if (process->recorded) {
    ++recorded_processes_;
    recorder_.process_seen();
  }
  return process;
}

Engine::Task& Engine::add(pid_t tid, const std::shared_ptr<Process>& process) {
  if (process->recorded) pairing_.born(tid);
  Task& task = tasks_[tid];
  task.tid = tid;
  task.process = process;
  task.pending.reset();
  ++process->tasks;
  return task;
}

void Engine::remove(pid_t tid, int status) {
  const auto found = tasks_.find(tid);
  if (found == tasks_.end()) return;
  const auto process = found->second.process;
  tasks_.erase(found);
  pairing_.ended(tid);
  process->last_status = status;
  if (--process->tasks == 0) process_ended(*process);
}

void Engine::process_ended(Process& process) {
  if (process.recorded) --recorded_processes_;
  if (attached_ && process.tgid == init_) {
    init_ended_ = true;
    const WaitStatus status(process.last_status);
    if (status.kind() == WaitStatus::Kind::killed)
      recorder_.init_ended(0, status.signal());
    else
      recorder_.init_ended(status.exit_code(), 0);
  }
  check_end();
}

void Engine::check_end() {
  if (has_ended()) on_end_();
}

void Engine::resume(pid_t tid, int signal) {
  const auto found = tasks_.find(tid);
  const bool looks_at_calls = found != tasks_.end() && found->second.calls_left > 0;
  // ESRCH: it has been killed meanwhile; its end will be reported.
  ::ptrace(looks_at_calls ? PTRACE_SYSCALL : PTRACE_CONT, tid, 0, static_cast<long>(signal));
}

void Engine::let_go(pid_t tid, int signal) {
  if (::ptrace(PTRACE_DETACH, tid, 0, static_cast<long>(signal)) == 0) remove(tid, 0);
}

void Engine::handle(pid_t tid, WaitStatus status) {
  const auto found = tasks_.find(tid);
  if (found == tasks_.end()) {
    unknown(tid, status);
    return;
  }
  Task& task = found->second;
  const auto kind = status.kind();
  if (status.is_end()) {
    remove(tid, status.raw());
    release_held();
    return;
  }
  if (detaching_ && !task.process->recorded) {
    let_go(tid, kind == WaitStatus::Kind::signal ? status.signal() : 0);
    return;
  }
  switch (kind) {
    case WaitStatus::Kind::syscall:
      on_call(task);
      return;
    case WaitStatus::Kind::event:
      on_event(task, status);
      return;
    case WaitStatus::Kind::group_stop:
      // Stays stopped, as without a tracer, until SIGCONT.
      ::ptrace(PTRACE_LISTEN, tid, 0, 0);
      return;
    case WaitStatus::Kind::signal:
      on_signal(task, status.signal());
      return;
    default:
      resume(tid);
      return;
  }
}

// An ordinary signal is passed on. A fault of the first process of a pid namespace needs more: the
// kernel kills it for the fault unless it is traced (force_sig_info_to_task, SIGNAL_UNKILLABLE),
// and then the same instruction would fault for ever. Letting go of it lets it die as it would
// have.
void Engine::on_signal(Task& task, int signal) {
  const pid_t tid = task.tid;
  if (is_fault(tid, signal) && is_deadly_fault_of_init(tid, signal)) {
    if (::ptrace(PTRACE_DETACH, tid, 0, static_cast<long>(signal)) == 0) remove(tid, signal);
    return;
  }
  resume(tid, signal);
}

// A task that its creator has not yet told about, or one whose end nobody waited for.
void Engine::unknown(pid_t tid, WaitStatus status) {
  if (status.is_end()) {
    held_.erase(tid);
    return;
  }
  if (detaching_) {
    ::ptrace(PTRACE_DETACH, tid, 0, 0);
    return;
  }
  // A thread that executes takes over the number of the first one, even when that has ended.
  const auto former =
      status.kind() == WaitStatus::Kind::event && status.event() == PTRACE_EVENT_EXEC
          ? tasks_.find(static_cast<pid_t>(event_message(tid)))
          : tasks_.end();
  if (former == tasks_.end()) {
    held_.insert(tid);
    return;
  }
  const auto process = former->second.process;
  on_exec(add(tid, process));
}

// A creator that is killed never makes its report. After any death, those who wait are placed by
// what /proc says about them, so that none waits for ever.
void Engine::release_held() {
  while (!held_.empty()) {
    const pid_t tid = *held_.begin();
    const pid_t tgid = status_number(tid, "Tgid");
    const pid_t creator = tgid == tid ? status_number(tid, "PPid") : tgid;
    const auto found = tasks_.find(creator);
    if (found != tasks_.end()) {
      adopt(tid, found->second.process);
      continue;
    }
    held_.erase(tid);
    const auto where = pid_namespace(tid);
    Process stranger;
    // In the container with an unknown creator: recorded rather than missed.
    stranger.recorded = attached_ && where && *where == container_ && recorded_processes_ > 0;
    add(tid, new_process(tgid > 0 ? tgid : tid, &stranger));
    resume(tid);
  }
}

void Engine::adopt(pid_t tid, const std::shared_ptr<Process>& creator) {
  if (tasks_.contains(tid)) return;
  const bool is_thread = is_thread_of(creator->tgid, tid);
  add(tid, is_thread ? creator : new_process(tid, creator.get()));
  if (held_.erase(tid) > 0) resume(tid);
}

void Engine::on_event(Task& task, WaitStatus status) {
  switch (status.event()) {
    case PTRACE_EVENT_SECCOMP:
      on_seccomp(task);
      return;
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
      on_new_task(task);
      return;
    case PTRACE_EVENT_EXEC:
      on_exec(task);
      return;
    case PTRACE_EVENT_EXIT:
      on_exit(task);
      return;
    default:
      resume(task.tid);
      return;
  }
}

void Engine::on_new_task(Task& creator) {
  const auto child = static_cast<pid_t>(event_message(creator.tid));
  const pid_t tid = creator.tid;
  if (child > 0) adopt(child, creator.process);  // may move `creator`
  resume(tid);
}

void Engine::on_exec(Task& task) {
  const pid_t tid = task.tid;
  const auto former = static_cast<pid_t>(event_message(tid));
  // When another thread than the first executes, it takes over the first one's number, and the
  // first one ends without a report.
  if (former > 0 && former != tid) {
    const auto found = tasks_.find(former);
    task.pending = found != tasks_.end() ? std::move(found->second.pending) : nullptr;
    remove(former, 0);
  }
  Process& process = *task.process;
  if (!process.recorded && attached_) {
    const auto where = pid_namespace(tid);
    if (where && *where == container_) {
      process.recorded = true;
      ++recorded_processes_;
      recorder_.process_seen();
      // The call that began the recording belongs to it: the program cannot start without.
      if (const auto number = syscall_number(native_arch(), "execve"))
        recorder_.syscall(native_arch(), *number, recorder_.phase());
    }
  }
  auto pending = std::move(task.pending);
  if (pending && pending->kind != CallKind::exec) pending.reset();
  if (process.recorded) watcher_.executed({tid, process}, pending.get());
  resume(tid);
}

void Engine::on_exit(Task& task) {
  const pid_t tid = task.tid;
  // Our own children's exit status belongs to whoever waits for them in this process. A tracer that
  // shares the process would take it first, so it lets go of them now, when all is seen.
  if (tid == task.process->tgid && waited_for_elsewhere_.contains(tid) &&
      status_number(tid, "PPid") == ::getpid()) {
    const int status = static_cast<int>(event_message(tid));
    waited_for_elsewhere_.erase(tid);
    if (::ptrace(PTRACE_DETACH, tid, 0, 0) == 0) remove(tid, status);
    release_held();
    return;
  }
  resume(tid);
}

void Engine::detach() {
  detaching_ = true;
  for (const pid_t tid : held_) ::ptrace(PTRACE_DETACH, tid, 0, 0);
  held_.clear();
  for (const auto& [tid, task] : tasks_)
    if (!task.process->recorded) ::ptrace(PTRACE_INTERRUPT, tid, 0, 0);
}

}  // namespace slim::trace
