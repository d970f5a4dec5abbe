// SPDX-License-Identifier: Apache-2.0
#include "trace/ebpf/event_reader.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstring>
#include <optional>
#include <string_view>

#include "slim/base/path.hpp"
#include "trace/ebpf/call_table.hpp"
#include "trace/socket_names.hpp"

namespace slim::trace {
namespace {

static_assert(SLIM_LOOKED_UP == kLookedUp && SLIM_READ == kRead && SLIM_WRITTEN == kWritten);
static_assert(SLIM_CREATED == kCreated && SLIM_EXECUTED == kExecuted && SLIM_MAPPED == kMapped);
static_assert(SLIM_LISTED == kListed);
static_assert(SLIM_SOCKET_LISTEN == static_cast<int>(SocketAction::listen));
static_assert(SLIM_SOCKET_BIND == static_cast<int>(SocketAction::bind));
static_assert(SLIM_SOCKET_CONNECT == static_cast<int>(SocketAction::connect));
static_assert(SLIM_SOCKET_ACCEPT == static_cast<int>(SocketAction::accept));

constexpr int kMostScripts = 6;  // the kernel gives up after five

using Strings = std::array<std::string, SLIM_STRINGS>;

std::optional<Strings> split(const slim_event& event, std::span<const char> bytes) {
  Strings result;
  size_t at = 0;
  for (size_t i = 0; i < result.size(); ++i) {
    if (bytes.size() - at < event.length[i]) return std::nullopt;
    result[i].assign(bytes.data() + at, event.length[i]);
    at += event.length[i];
  }
  return result;
}

// The kernel's name of an open file, as seen from this process's root or, for a mount that cannot
// be reached from there, from the top of its mount namespace.
std::optional<std::string> name_of_fd(const Fd& fd) {
  char name[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
  const ssize_t length = ::readlink(link.c_str(), name, sizeof name);
  if (length <= 0 || length == static_cast<ssize_t>(sizeof name)) return std::nullopt;
  return std::string(name, static_cast<size_t>(length));
}

std::optional<uint64_t> mount_of_fd(const Fd& fd) {
  struct statx status {};
  if (::statx(fd.get(), "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0) return std::nullopt;
  return status.stx_mnt_id;
}

// What the first line of a script names, as the kernel takes it (fs/binfmt_script.c); nothing when
// the file is no script.
std::optional<std::string> interpreter_of(const Fd& place) {
  struct stat status {};
  if (::fstat(place.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto file = open_file("/proc/self/fd/" + std::to_string(place.get()), O_RDONLY);
  if (!file) return std::nullopt;
  char head[256];
  const ssize_t length = ::pread(file->get(), head, sizeof head, 0);
  if (length < 3) return std::nullopt;
  std::string_view line(head, static_cast<size_t>(length));
  if (!line.starts_with("#!")) return std::nullopt;
  line = line.substr(0, line.find('\n'));
  const size_t begin = line.find_first_not_of(" \t", 2);
  if (begin == std::string_view::npos) return std::nullopt;
  line = line.substr(begin);
  const std::string interpreter(line.substr(0, line.find_first_of({" \t\0", 3})));
  return interpreter.empty() ? std::nullopt : std::optional(interpreter);
}

std::optional<SocketUse> socket_use(const slim_event& event, SocketAction action,
                                    const std::string& process, std::string_view address) {
  SocketUse use;
  use.action = action;
  if (!fill_address(use, address)) return std::nullopt;
  use.protocol = protocol_name(event.family, event.socket_type, event.protocol);
  use.process = process;
  use.users.insert(event.user);
  return use;
}

// Where a listener of that port or name would have to be to have accepted a connection to it. Its
// address may be another: the one on all addresses.
auto served_at(const SocketUse& use) {
  return std::tuple(use.protocol, use.port, use.family == "unix" ? use.address : std::string());
}

}  // namespace

void EventReader::set_root(Fd root) {
  const auto name = name_of_fd(root);
  const auto mount = mount_of_fd(root);
  if (!name || !mount) return;
  root_name_ = *name == "/" ? "" : *name;
  root_mount_ = *mount;
  root_ = std::move(root);
}

void EventReader::read(const slim_event& event, std::span<const char> bytes) {
  const auto strings = split(event, bytes);
  if (!strings) {
    malformed_ = true;
    return;
  }
  const auto& [first, second, third, fourth] = *strings;
  switch (event.type) {
    case SLIM_EVENT_LOOKUP:
      recorder_.lookup(first, second, event.value);
      if ((event.flags & SLIM_MAY_WRITE) != 0) recorder_.may_write(first, second);
      return;
    case SLIM_EVENT_FILE:
      recorder_.file(first, event.access, (event.flags & SLIM_ON_ROOTFS) != 0);
      return;
    case SLIM_EVENT_EXEC: read_exec(event, *strings); return;
    case SLIM_EVENT_SOCKET: read_socket(event, *strings); return;
    case SLIM_EVENT_CONNECTED: read_connection(event, *strings); return;
    case SLIM_EVENT_SYSCALL:
      if (const auto arch = arch_of_abi(event.access))
        recorder_.syscall(*arch, event.value, 1u << event.action);
      return;
    case SLIM_EVENT_ASKED:
      recorder_.asked(first, second + third + fourth, event.protocol == IPPROTO_TCP);
      return;
    case SLIM_EVENT_ARGUMENTS: read_arguments(event, first); return;
    default: malformed_ = true;
  }
}

void EventReader::read_arguments(const slim_event& event, const std::string& bytes) {
  const auto arch = arch_of_abi(event.access);
  std::vector<uint32_t> values(bytes.size() / sizeof(uint32_t));
  if (!arch || values.empty()) {
    malformed_ = true;
    return;
  }
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(uint32_t));
  recorder_.arguments(*arch, event.value, std::move(values));
}

void EventReader::read_exec(const slim_event& event, const Strings& strings) {
  const auto& [base, as_written, file, working_directory] = strings;
  recorder_.exec(base, as_written, file);
  if ((event.flags & SLIM_SCRIPT) != 0 && !as_written.empty())
    read_scripts(absolute_path(base, as_written), working_directory);
}

// The kernel has let go of a script when it tells of the exec, and names only the last interpreter.
// So the script is looked up again in the container's own mounts, and after it the scripts that
// interpret it, if any.
void EventReader::read_scripts(std::string path, const std::string& working_directory) {
  std::string base, written;
  for (int i = 0; i < kMostScripts && root_; ++i) {
    const auto place = open_in_root(root_, path, O_PATH);
    if (!place) return;
    const auto interpreter = interpreter_of(*place);
    if (!interpreter) return;  // a program: the end of the chain, which the kernel has told
    if (i > 0) recorder_.lookup(base, written, 0);
    const auto name = name_of_fd(*place);
    if (name && name->starts_with(root_name_ + "/"))
      recorder_.file(name->substr(root_name_.size()), kRead, mount_of_fd(*place) == root_mount_);
    base = interpreter->front() == '/' ? "/" : working_directory;
    written = *interpreter;
    path = absolute_path(base, written);
  }
}

void EventReader::read_socket(const slim_event& event, const Strings& strings) {
  const auto action = static_cast<SocketAction>(event.action);
  if (action == SocketAction::connect && !connect_counts(event.value)) return;
  auto use = socket_use(event, action, strings[0], strings[1]);
  if (!use) return;
  use->ephemeral = (event.flags & SLIM_EPHEMERAL) != 0;
  use->v6only = (event.flags & SLIM_V6ONLY) != 0;
  if (action == SocketAction::listen) listened_.insert(served_at(*use));
  recorder_.socket(std::move(*use), (event.flags & SLIM_ADOPTED) != 0
                                        ? Recorder::Seen::there_before
                                        : Recorder::Seen::as_it_came);
}

void EventReader::read_connection(const slim_event& event, const Strings& strings) {
  const auto& [process, local, remote, unused] = strings;
  const auto here = socket_use(event, SocketAction::accept, process, local);
  const auto there = socket_use(event, SocketAction::connect, process, remote);
  if (here) connections_.push_back({*here, there.value_or(SocketUse{})});
}

void EventReader::settle_connections() {
  for (auto& [local, remote] : connections_) {
    const bool accepted = listened_.contains(served_at(local));
    const bool named = remote.port != 0 || !remote.address.empty();
    if (accepted || named)
      recorder_.socket(std::move(accepted ? local : remote), Recorder::Seen::there_before);
  }
  connections_.clear();
}

}  // namespace slim::trace
