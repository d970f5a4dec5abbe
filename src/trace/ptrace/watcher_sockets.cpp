// SPDX-License-Identifier: Apache-2.0
// Socket calls. Local ends are asked of the kernel after the call; remote ends are what the program
// named.
#include <linux/net.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "trace/ptrace/watcher.hpp"
#include "trace/socket_names.hpp"

namespace slim::trace {
namespace {

// An application sends few datagrams a call; more than this in one sendmmsg are not told apart.
constexpr uint64_t kMessages = 64;
constexpr int kFirstRestartCode = 512;  // ERESTARTSYS, which only tracers see

struct SocketCall {
  CallKind kind;
  int8_t address;  // position in socketcall's own arguments; -1 none
};
// socketcall(2): the first argument as in linux/net.h.
SocketCall socketcall_kind(uint64_t call) {
  switch (call) {
    case SYS_BIND:
      return {CallKind::bind, 1};
    case SYS_CONNECT:
      return {CallKind::connect, 1};
    case SYS_LISTEN:
      return {CallKind::listen, -1};
    case SYS_ACCEPT:
    case SYS_ACCEPT4:
      return {CallKind::accept, 1};
    case SYS_SEND:
      return {CallKind::send_to, -1};
    case SYS_SENDTO:
      return {CallKind::send_to, 4};
    case SYS_SENDMSG:
      return {CallKind::send_msg, 1};
    case SYS_SENDMMSG:
      return {CallKind::send_mmsg, 1};
    default:
      return {CallKind::none, -1};
  }
}

uint64_t word_size(const StoppedCall& call) { return call.is_32_bit() ? 4 : 8; }
// sizeof(struct mmsghdr)
uint64_t message_stride(const StoppedCall& call) { return 8 * word_size(call); }

}  // namespace

std::optional<RemoteSocket> Watcher::socket_of(const TaskView& task, int fd) {
  Process& process = task.process;
  if (!process.pidfd)
    process.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, process.tgid, 0)));
  return RemoteSocket::of(process.pidfd, fd);
}

void Watcher::add_address(pid_t tid, PendingCall& pending, uint64_t address, uint64_t length) {
  if (address == 0 || length < sizeof(sa_family_t)) return;
  std::string bytes(std::min<uint64_t>(length, sizeof(sockaddr_storage)), '\0');
  if (!read_remote(tid, address, bytes.data(), bytes.size())) return;  // EFAULT for the kernel too
  if (auto path = unix_path(bytes)) {
    PathArgument argument;
    const bool is_absolute = path->front() == '/';
    const auto base = base_of(tid, pending.call, -1, is_absolute);
    argument.base = base.value_or("/");
    argument.text = std::move(*path);
    pending.paths.push_back(std::move(argument));
  }
  pending.addresses.push_back(std::move(bytes));
}

// struct msghdr: msg_name, msg_namelen and padding, msg_iov, msg_iovlen; a word each.
void Watcher::read_message(const TaskView& task, PendingCall& pending, uint64_t message) {
  const size_t word = word_size(pending.call);
  uint64_t name = 0, vector = 0, pieces = 0;
  uint32_t length = 0;
  if (!read_remote(task.tid, message, &name, word) ||
      !read_remote(task.tid, message + word, &length, sizeof length))
    return;
  const size_t before = pending.addresses.size();
  add_address(task.tid, pending, name, length);
  const bool is_named = pending.addresses.size() > before;
  if (!asks_names(task, pending.socket_fd, is_named ? pending.addresses.back() : "")) return;
  if (read_remote(task.tid, message + 2 * word, &vector, word) &&
      read_remote(task.tid, message + 3 * word, &pieces, word))
    read_questions(task, pending.socket_fd, pieces_of(task.tid, pending.call, vector, pieces));
}

bool Watcher::begin_socketcall(const TaskView& task, PendingCall& pending) {
  const auto shape = socketcall_kind(pending.call.arg(pending.watched->call.flags_arg));
  if (shape.kind == CallKind::none) return false;
  std::array<uint32_t, 6> args{};
  const uint64_t at = pending.call.arg(pending.watched->call.path_arg);
  // No call has all six; the words behind the last one may not be mapped.
  const size_t count = shape.kind == CallKind::send_to  ? (shape.address < 0 ? 4 : 6)
                       : shape.kind == CallKind::listen ? 2
                                                        : 3;
  if (!read_remote(task.tid, at, args.data(), count * sizeof args[0])) return false;
  for (size_t i = 0; i < args.size(); ++i) pending.call.args[i] = args[i];
  pending.kind = shape.kind;
  return begin_socket(task, pending);
}

bool Watcher::begin_socket(const TaskView& task, PendingCall& pending) {
  if (pending.kind == CallKind::socketcall) return begin_socketcall(task, pending);
  const StoppedCall& call = pending.call;
  pending.socket_fd = call.int_arg(0);
  switch (pending.kind) {
    case CallKind::accept:
      return true;
    case CallKind::listen:
      if (const auto socket = socket_of(task, pending.socket_fd))
        if (const auto use = socket->local(SocketAction::listen))
          pending.port_was_set = use->port != 0;
      return true;
    case CallKind::bind:
    case CallKind::connect:
      add_address(task.tid, pending, call.arg(1), call.args[2] & 0xffffffff);
      if (name_server_of(pending)) note_name_server(pending.socket_fd);
      return true;
    case CallKind::write:
    case CallKind::write_vector:
      return false;
    default:
      return begin_send(task, pending);
  }
}

bool Watcher::begin_send(const TaskView& task, PendingCall& pending) {
  const StoppedCall& call = pending.call;
  if (pending.kind == CallKind::send_to) {
    add_address(task.tid, pending, call.arg(4), call.args[5] & 0xffffffff);
    if (asks_names(task, pending.socket_fd,
                   pending.addresses.empty() ? "" : pending.addresses.front()))
      read_questions(task, pending.socket_fd, {{call.arg(1), call.arg(2)}});
  } else if (pending.kind == CallKind::send_msg) {
    read_message(task, pending, call.arg(1));
  } else {
    const uint64_t count = std::min<uint64_t>(call.arg(2), kMessages);
    for (uint64_t i = 0; i < count; ++i)
      read_message(task, pending, call.arg(1) + i * message_stride(call));
  }
  if (pending.addresses.empty()) return false;
  // A path may be there one time and not the next: every outcome counts.
  return !pending.paths.empty() || !is_known_destination(task, pending);
}

namespace {
std::string destination_key(const Process& process, int fd, const std::string& address,
                            Phase phase) {
  return std::to_string(process.tgid) + ":" + std::to_string(fd) + ":" + std::to_string(phase) +
         ":" + address;
}
}  // namespace

bool Watcher::is_known_destination(const TaskView& task, const PendingCall& pending) const {
  for (const auto& address : pending.addresses)
    if (!destinations_.contains(
            destination_key(task.process, pending.socket_fd, address, recorder_.phase())))
      return false;
  return true;
}

void Watcher::end_socket(const TaskView& task, const PendingCall& pending, int64_t result) {
  const int error = result < 0 ? static_cast<int>(-result) : 0;
  switch (pending.kind) {
    case CallKind::bind:
      end_paths(pending, error);
      if (error == 0) end_bind(task, pending);
      return;
    case CallKind::listen:
      if (error == 0) end_listen(task, pending);
      return;
    case CallKind::accept: {
      if (error != 0) return;
      const auto socket = socket_of(task, static_cast<int>(result));
      auto use = socket ? socket->local(SocketAction::accept) : std::nullopt;
      if (!use) return;  // closed by another thread: its listening socket has been told
      record_socket(task, std::move(*use));
      return;
    }
    default:
      end_connect(task, pending, error);
      return;
  }
}

void Watcher::record_socket(const TaskView& task, SocketUse use) {
  use.process = task.process.executable;
  if (const auto user = effective_user(task.tid)) use.users.insert(*user);
  recorder_.socket(std::move(use));
}

void Watcher::lost_socket() {
  recorder_.loss("sockets_unreadable", 1, "a socket was gone before it could be looked at");
}

void Watcher::end_bind(const TaskView& task, const PendingCall& pending) {
  const auto socket = socket_of(task, pending.socket_fd);
  auto use = socket ? socket->local(SocketAction::bind) : std::nullopt;
  if (!use) {
    lost_socket();
    return;
  }
  const bool has_port = use->family == "inet" || use->family == "inet6";
  const bool chosen = pending.addresses.empty() || ip_port(pending.addresses.front()).value_or(0) != 0;
  ports_.bound(socket->inode(), chosen);
  use->ephemeral = has_port && !chosen;
  record_socket(task, std::move(*use));
}

void Watcher::end_listen(const TaskView& task, const PendingCall& pending) {
  const auto socket = socket_of(task, pending.socket_fd);
  auto use = socket ? socket->local(SocketAction::listen) : std::nullopt;
  if (!use) {
    lost_socket();
    return;
  }
  const bool has_port = use->family == "inet" || use->family == "inet6";
  // A socket that came with its port was bound by somebody who chose it.
  const bool chosen = pending.port_was_set && ports_.chosen(socket->inode()).value_or(true);
  use->ephemeral = has_port && !chosen;
  record_socket(task, std::move(*use));
}

void Watcher::end_connect(const TaskView& task, const PendingCall& pending, int error) {
  // Interrupted (ERESTARTSYS): it comes again, or the program sees EINTR and the connection goes
  // on.
  if (error < kFirstRestartCode) end_paths(pending, error);
  if (!connect_counts(error) || pending.addresses.empty()) return;
  const auto socket = socket_of(task, pending.socket_fd);
  if (!socket) {
    lost_socket();
    return;
  }
  for (const auto& address : pending.addresses) {
    auto use = socket->remote(address);
    if (!use) continue;
    record_socket(task, std::move(*use));
    destinations_.insert(
        destination_key(task.process, pending.socket_fd, address, recorder_.phase()));
  }
}

}  // namespace slim::trace
