// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/trace.hpp"

#include <algorithm>
#include <tuple>

namespace slim::trace {
namespace {

auto identity(const SocketUse& use) {
  return std::tie(use.action, use.family, use.protocol, use.address, use.port, use.ephemeral,
                  use.v6only, use.process);
}

bool is_blank(const Trace& trace) {
  return trace.processes == 0 && trace.files.empty() && trace.lookups.empty() &&
         trace.syscalls.empty() && trace.sockets.empty() && trace.names.empty() && trace.execs.empty() &&
         trace.incomplete.empty();
}

void merge_sockets(std::set<SocketUse>& into, const std::set<SocketUse>& from) {
  for (SocketUse use : from) {
    auto found = into.find(use);
    if (found != into.end()) {
      use.unite(*found);
      found = into.erase(found);
    }
    into.insert(found, std::move(use));
  }
}

// Sorted, so that the order of the merges does not matter.
void unite(std::vector<std::string>& into, const std::vector<std::string>& from) {
  into.insert(into.end(), from.begin(), from.end());
  std::sort(into.begin(), into.end());
  into.erase(std::unique(into.begin(), into.end()), into.end());
}

// Of two ends the worse one: a signal rather than a status, the higher rather than the lower.
auto badness(const Trace& trace) { return std::tie(trace.init_signal, trace.init_exit_code); }

}  // namespace

std::string_view name(Backend backend) {
  switch (backend) {
    case Backend::ebpf:
      return "ebpf";
    case Backend::ptrace:
      return "ptrace";
    case Backend::replay:
      return "replay";
  }
  return "unknown";
}

std::string_view name(SocketAction action) {
  switch (action) {
    case SocketAction::listen:
      return "listen";
    case SocketAction::bind:
      return "bind";
    case SocketAction::connect:
      return "connect";
    case SocketAction::accept:
      return "accept";
  }
  return "unknown";
}

bool operator<(const SocketUse& a, const SocketUse& b) { return identity(a) < identity(b); }

void SocketUse::unite(const SocketUse& other) {
  phases |= other.phases;
  users.insert(other.users.begin(), other.users.end());
  if (!since_ms || (other.since_ms && *other.since_ms < *since_ms)) since_ms = other.since_ms;
  // Of two runs, one that saw it stay says more than one that saw it go.
  if (!open_at_stop || other.open_at_stop.value_or(false)) open_at_stop = other.open_at_stop;
}

void Trace::merge(const Trace& other) {
  if (is_blank(*this)) {
    *this = other;
    return;
  }
  if (image_digest.empty()) image_digest = other.image_digest;
  if (config_digest.empty()) config_digest = other.config_digest;
  if (image_name.empty()) image_name = other.image_name;
  if (architecture.empty()) architecture = other.architecture;
  for (const auto& [path, use] : other.files) {
    auto [mine, is_new] = files.try_emplace(path, use);
    if (is_new) continue;
    mine->second.access |= use.access;
    mine->second.on_rootfs |= use.on_rootfs;
  }
  for (const auto& [path, use] : other.lookups) {
    LookupUse& mine = lookups[path];
    mine.found |= use.found;
    mine.missing |= use.missing;
    mine.denied |= use.denied;
    mine.writable |= use.writable;
  }
  for (const auto& [call, use] : other.syscalls) {
    auto [mine, is_new] = syscalls.try_emplace(call, use);
    if (is_new) continue;
    mine->second.phases |= use.phases;
    mine->second.assumed &= use.assumed;
    if (!use.arguments)
      mine->second.arguments.reset();
    else if (mine->second.arguments)
      mine->second.arguments->insert(use.arguments->begin(), use.arguments->end());
  }
  merge_sockets(sockets, other.sockets);
  for (const auto& [asked, use] : other.names) {
    NameUse& mine = names[asked];
    mine.types.insert(use.types.begin(), use.types.end());
    mine.processes.insert(use.processes.begin(), use.processes.end());
  }
  execs.insert(other.execs.begin(), other.execs.end());
  for (const auto& [capability, granted] : other.capabilities) capabilities[capability] |= granted;
  // Knowing what one of two runs used is not knowing what the program uses.
  capabilities_known &= other.capabilities_known;
  processes += other.processes;
  covers_start |= other.covers_start;
  unite(mount_points, other.mount_points);
  if (!exposed)
    exposed = other.exposed;
  else if (other.exposed)
    exposed->insert(other.exposed->begin(), other.exposed->end());
  if (!other.reachable)
    reachable.reset();
  else if (reachable)
    reachable->insert(other.reachable->begin(), other.reachable->end());
  if (badness(*this) < badness(other)) {
    init_exit_code = other.init_exit_code;
    init_signal = other.init_signal;
  }
  for (const auto& [loss, count] : other.losses) losses[loss] += count;
  unite(incomplete, other.incomplete);
}

std::string started_as(const Trace& trace, const std::string& file) {
  std::set<std::string> paths;
  for (const ExecUse& exec : trace.execs)
    if (exec.file == file) paths.insert(exec.path);
  return paths.size() == 1 ? *paths.begin() : file;
}

}  // namespace slim::trace
