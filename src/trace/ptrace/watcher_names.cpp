// SPDX-License-Identifier: Apache-2.0
// What is sent to name servers, for the names it asks for.
#include <algorithm>

#include "trace/ptrace/watcher.hpp"
#include "trace/socket_names.hpp"

namespace slim::trace {
namespace {

constexpr uint16_t kDnsPort = 53;
// As many bytes and pieces as the eBPF tracer reads.
constexpr uint64_t kMostBytes = 512;
constexpr uint64_t kMostPieces = 3;

uint64_t descriptor_bit(int fd) { return uint64_t{1} << (static_cast<unsigned>(fd) % 64); }

}  // namespace

void Watcher::note_name_server(int fd) { dns_descriptors_ |= descriptor_bit(fd); }

bool Watcher::may_ask(int fd) const { return (dns_descriptors_ & descriptor_bit(fd)) != 0; }

std::optional<int> Watcher::name_server_of(const PendingCall& pending) {
  if (pending.kind != CallKind::connect || pending.addresses.empty() ||
      ip_port(pending.addresses.front()) != kDnsPort)
    return std::nullopt;
  return pending.socket_fd;
}

// `address`: where to; empty: where the socket is connected.
bool Watcher::asks_names(const TaskView& task, int fd, const std::string& address) {
  if (!address.empty()) return ip_port(address) == kDnsPort;
  if (!may_ask(fd)) return false;
  const auto socket = socket_of(task, fd);
  return socket && socket->peer_port() == kDnsPort;
}

std::vector<Watcher::Piece> Watcher::pieces_of(pid_t tid, const StoppedCall& call, uint64_t vector,
                                               uint64_t pieces) const {
  std::vector<Piece> result;
  const size_t word = call.is_32_bit() ? 4 : 8;
  for (uint64_t i = 0; i < std::min(pieces, kMostPieces); ++i) {
    Piece piece{0, 0};
    const uint64_t at = vector + 2 * i * word;
    if (!read_remote(tid, at, &piece.address, word) ||
        !read_remote(tid, at + word, &piece.size, word))
      break;
    result.push_back(piece);
  }
  return result;
}

void Watcher::read_questions(const TaskView& task, int fd, const std::vector<Piece>& pieces) {
  std::string payload;
  for (const Piece& piece : pieces) {
    std::string bytes(std::min(piece.size, kMostBytes), '\0');
    if (bytes.empty()) continue;
    // EFAULT for the kernel, too: nothing is sent.
    if (!read_remote(task.tid, piece.address, bytes.data(), bytes.size())) return;
    payload += bytes;
  }
  const auto socket = socket_of(task, fd);
  if (!payload.empty() && socket)
    recorder_.asked(task.process.executable, payload, socket->is_tcp());
}

bool Watcher::wrote(const TaskView& task, const StoppedCall& call, int fd) {
  const CallKind kind = table_.find(call).call.kind;
  if (call.int_arg(0) != fd) return false;
  if (kind != CallKind::write && kind != CallKind::write_vector)
    return kind == CallKind::send_to || kind == CallKind::send_msg || kind == CallKind::send_mmsg;
  if (!asks_names(task, fd, "")) return true;
  read_questions(task, fd,
                 kind == CallKind::write
                     ? std::vector<Piece>{{call.arg(1), call.arg(2)}}
                     : pieces_of(task.tid, call, call.arg(1), call.arg(2)));
  return true;
}

}  // namespace slim::trace
