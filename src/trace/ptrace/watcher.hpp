// SPDX-License-Identifier: Apache-2.0
// What a stopped call of a recorded task means: looked at when the call begins, and again at its
// end if only the end tells.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "slim/base/fd.hpp"
#include "trace/ptrace/call_table.hpp"
#include "trace/ptrace/remote.hpp"
#include "trace/ptrace/sockets.hpp"
#include "trace/recorder.hpp"

namespace slim::trace {

// A thread group that is followed.
struct Process {
  pid_t tgid = 0;
  bool recorded = false;  // it has executed something inside the container, or its parent had
  unsigned tasks = 0;     // of it that still live
  int last_status = 0;    // as waitpid(2) has it, of the task that ended last
  std::string executable;
  Fd pidfd;  // opened when first needed
};

// A path argument and what it is relative to.
struct PathArgument {
  std::string base;
  std::string text;
  bool readable = true;
  // Nothing to be recorded of a null or empty path, and of one relative to a bad descriptor.
  bool names_something() const { return readable && !text.empty(); }
};

// A call between its seccomp stop and its end.
struct PendingCall {
  StoppedCall call;
  CallKind kind = CallKind::none;
  const WatchedCall* watched = nullptr;
  std::vector<PathArgument> paths;
  uint64_t open_flags = 0;
  bool existed = true;                 // the file of an open with O_CREAT
  bool asks_to_write = false;          // access: with W_OK
  std::optional<RemoteFile> file;      // list, map, exec by descriptor: the descriptor's file
  std::vector<std::string> addresses;  // bind, connect, send: bytes of struct sockaddr
  int socket_fd = -1;
  bool port_was_set = false;  // listen: the socket had a port before
};

struct TaskView {
  pid_t tid;
  Process& process;
};

class Watcher {
 public:
  explicit Watcher(Recorder& recorder) : recorder_(recorder) {}
  void set_container(ContainerFiles files) { files_ = std::move(files); }

  const WatchedCall& find(const StoppedCall& call) const { return table_.find(call); }
  // At the seccomp stop. Null when the end of the call tells nothing that is not known.
  std::unique_ptr<PendingCall> enter(const TaskView& task, const StoppedCall& call);
  // At the call's end: its result, -errno on failure.
  void leave(const TaskView& task, const PendingCall& pending, int64_t result);
  // A connect to a name server: its descriptor. The write that follows runs unseen unless the
  // engine stops the task for it and hands each call to wrote(), until that says that it was the
  // one.
  static std::optional<int> name_server_of(const PendingCall& pending);
  bool wrote(const TaskView& task, const StoppedCall& call, int fd);
  // After a successful execve; `pending` is null when its beginning was not seen.
  void executed(const TaskView& task, const PendingCall* pending);

 private:
  void note_syscall(const StoppedCall& call);
  bool look_at(const TaskView& task, PendingCall& pending);
  PathArgument path_argument(pid_t tid, const StoppedCall& call, int8_t path, int8_t directory);
  std::optional<std::string> base_of(pid_t tid, const StoppedCall& call, int8_t directory,
                                     bool is_absolute);
  void begin_open(const TaskView& task, PendingCall& pending);
  bool begin_on_file(const TaskView& task, PendingCall& pending, uint32_t access);
  void end_paths(const PendingCall& pending, int error);
  void end_open(const TaskView& task, const PendingCall& pending, int64_t result);
  void record_file(const RemoteFile& file, uint32_t access);
  bool all_outcomes_known(const PendingCall& pending) const;
  void note_lookup(const PathArgument& path, int error);

  // watcher_exec.cpp
  void begin_exec(const TaskView& task, PendingCall& pending);
  PathArgument executed_path(pid_t tid, const PendingCall* pending);
  void record_script(pid_t tid, const PathArgument& path, const std::string& program);

  // watcher_sockets.cpp
  bool begin_socket(const TaskView& task, PendingCall& pending);
  bool begin_socketcall(const TaskView& task, PendingCall& pending);
  bool begin_send(const TaskView& task, PendingCall& pending);
  void read_message(const TaskView& task, PendingCall& pending, uint64_t message);
  void add_address(pid_t tid, PendingCall& pending, uint64_t address, uint64_t length);
  bool is_known_destination(const TaskView& task, const PendingCall& pending) const;
  void end_socket(const TaskView& task, const PendingCall& pending, int64_t result);
  void end_bind(const TaskView& task, const PendingCall& pending);
  void end_listen(const TaskView& task, const PendingCall& pending);
  void end_connect(const TaskView& task, const PendingCall& pending, int error);
  void lost_socket();
  void record_socket(const TaskView& task, SocketUse use);
  std::optional<RemoteSocket> socket_of(const TaskView& task, int fd);

  // watcher_names.cpp
  struct Piece {
    uint64_t address;
    uint64_t size;
  };
  void note_name_server(int fd);
  bool may_ask(int fd) const;
  bool asks_names(const TaskView& task, int fd, const std::string& address);
  std::vector<Piece> pieces_of(pid_t tid, const StoppedCall& call, uint64_t vector,
                               uint64_t pieces) const;
  void read_questions(const TaskView& task, int fd, const std::vector<Piece>& pieces);

  Recorder& recorder_;
  std::optional<ContainerFiles> files_;
  CallTable table_;
  ChosenPorts ports_;
  // Whether some task's root directory may not be the container's.
  bool roots_vary_ = false;
  std::unordered_set<uint64_t> syscalls_;            // (architecture, number, phase)
  std::unordered_map<std::string, uint32_t> known_;  // file -> accesses already recorded
  std::unordered_map<std::string, LookupUse> outcomes_;
  std::set<std::string> destinations_;
  // Bit N: descriptor N, N + 64, ... of some process was connected to a name server. Others need no
  // look at their socket.
  uint64_t dns_descriptors_ = 0;
};

}  // namespace slim::trace
