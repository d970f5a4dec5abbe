// SPDX-License-Identifier: Apache-2.0
// execve(2): the file as it was named, the program that runs in the end, and the scripts between.
#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "slim/base/file.hpp"
#include "trace/ptrace/watcher.hpp"

namespace slim::trace {
namespace {

// The kernel follows at most this many "#!" lines: fs/exec.c, exec_binprm().
constexpr int kScriptDepth = 5;
// BINPRM_BUF_SIZE: how much of the file it looks at.
constexpr size_t kScriptHead = 256;

template <typename Entry>
uint64_t auxiliary(const std::string& bytes, uint64_t type) {
  for (size_t at = 0; at + sizeof(Entry) <= bytes.size(); at += sizeof(Entry)) {
    Entry entry;
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    if (entry.a_type == type) return entry.a_un.a_val;
  }
  return 0;
}

// The name that execve was given: the kernel leaves it on the new stack (getauxval(3) AT_EXECFN).
std::string exec_filename(pid_t tid) {
  const auto bytes = read_file("/proc/" + std::to_string(tid) + "/auxv");
  if (!bytes) return {};
  // A 32-bit program has 32-bit entries; read as 64-bit ones they hold no AT_EXECFN.
  uint64_t address = auxiliary<Elf64_auxv_t>(*bytes, AT_EXECFN);
  if (address == 0) address = auxiliary<Elf32_auxv_t>(*bytes, AT_EXECFN);
  return read_remote_string(tid, address).text;
}

// The interpreter of a "#!" line; empty if there is none.
std::string shebang(const Fd& path_fd) {
  const Fd file(::open(("/proc/self/fd/" + std::to_string(path_fd.get())).c_str(),
                       O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  char head[kScriptHead];
  const ssize_t size = file ? ::read(file.get(), head, sizeof head) : -1;
  if (size < 2) return {};
  std::string_view line(head, static_cast<size_t>(size));
  if (!line.starts_with("#!")) return {};
  line.remove_prefix(2);
  line = line.substr(0, line.find('\n'));
  const size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin);
  return std::string(line.substr(0, line.find_first_of(std::string_view(" \t\0", 3))));
}

}  // namespace

void Watcher::begin_exec(const TaskView& task, PendingCall& pending) {
  const PathCall& shape = pending.watched->call;
  const StoppedCall& call = pending.call;
  auto path = path_argument(task.tid, call, shape.path_arg, shape.directory_arg);
  const bool by_descriptor = shape.flags_arg >= 0 && (call.arg(shape.flags_arg) & AT_EMPTY_PATH) &&
                             path.readable && path.text.empty();
  if (by_descriptor)
    pending.file = files_->file(task.tid, RemoteLink::fd(call.int_arg(shape.directory_arg)));
  pending.paths.push_back(std::move(path));
}

PathArgument Watcher::executed_path(pid_t tid, const PendingCall* pending) {
  if (pending != nullptr) return pending->paths.empty() ? PathArgument{} : pending->paths.front();
  PathArgument path;
  path.text = exec_filename(tid);
  const bool is_absolute = path.text.starts_with('/');
  if (is_absolute && !roots_vary_)
    path.base = "/";
  else
    path.base = files_->path(tid, is_absolute ? RemoteLink::kRoot : RemoteLink::kWorkingDirectory)
                    .value_or("/");
  return path;
}

void Watcher::executed(const TaskView& task, const PendingCall* pending) {
  if (!files_) return;
  const auto program = files_->file(task.tid, RemoteLink::kExecutable);
  if (!program || program->too_long) {
    // A memory file (memfd_create and fexecve) has no path; anything else should have one.
    task.process.executable.clear();
    return;
  }
  task.process.executable = program->path;
  record_file(*program, kExecuted);
  const PathArgument path = executed_path(task.tid, pending);
  recorder_.exec(path.base, path.text, program->path);
  if (path.names_something())
    record_script(task.tid, path, program->path);
  else if (pending != nullptr && pending->file && pending->file->path != program->path)
    record_file(*pending->file, kRead);
}

// Every file between the name and the program is a script that its interpreter will read.
void Watcher::record_script(pid_t tid, const PathArgument& path, const std::string& program) {
  PathArgument next = path;
  for (int depth = 0; depth < kScriptDepth; ++depth) {
    const Fd fd = files_->open(tid, next.base, next.text, 0);
    if (!fd) return;
    const auto file = files_->file(tid, fd);
    if (!file || file->path == program) return;
    record_file(*file, kRead);
    const std::string interpreter = shebang(fd);
    if (interpreter.empty()) return;
    // A relative interpreter is relative to the working directory, not to the script.
    const bool is_absolute = interpreter.front() == '/';
    next.base =
        is_absolute && !roots_vary_
            ? "/"
            : files_->path(tid, is_absolute ? RemoteLink::kRoot : RemoteLink::kWorkingDirectory)
                  .value_or("/");
    next.text = interpreter;
    note_lookup(next, 0);
  }
}

}  // namespace slim::trace
