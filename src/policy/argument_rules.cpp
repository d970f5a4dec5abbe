// SPDX-License-Identifier: Apache-2.0
#include "policy/argument_rules.hpp"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "policy/conditions.hpp"
#include "policy/runtime_floor.hpp"
#include "slim/base/path.hpp"
#include "slim/trace/argument_calls.hpp"
#include "slim/trace/call_evidence.hpp"
#include "slim/trace/import_calls.hpp"

namespace slim::policy {
namespace {

using Values = std::vector<uint32_t>;

// What is used without the program's asking. Another version of the C library may begin to, so these
// are allowed although no run showed them; none gives a power over anything but the process itself.
// prctl: runc and crun under the filter (measured with strace -f), thread names, names of mappings,
// and what a program does to end with its parent and to keep its memory to itself.
constexpr std::array<uint32_t, 11> kPrctl = {
    PR_SET_PDEATHSIG, PR_GET_DUMPABLE,    PR_SET_DUMPABLE,
    PR_SET_KEEPCAPS, PR_SET_NAME,         PR_GET_NAME,    PR_CAPBSET_READ,
    PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, 0x53564d41 /* PR_SET_VMA */};
// fcntl: runc's and crun's too; dup, flags and locks, which stdio, fdopen and every database use.
constexpr std::array<uint32_t, 9> kFcntl = {F_DUPFD, F_GETFD,  F_SETFD,  F_GETFL, F_SETFL,
                                            F_GETLK, F_SETLK, F_SETLKW, F_DUPFD_CLOEXEC};
// ioctl: isatty() and what asks a terminal, non-blocking and close-on-exec by ioctl, and the questions
// of if_nametoindex() and its kin, and what else class libraries ask of an interface. 0x802c542a is
// TCGETS2, which newer glibc asks instead of TCGETS. openpty() and login_tty(), by which servers and
// administrators' tools give a program a terminal of its own. Not TIOCSTI, which types into a terminal.
constexpr std::array<uint32_t, 28> kIoctl = {
    TCGETS,       TCSETS,   TCSETSW, TCSETSF,     TIOCGPGRP,   TIOCSPGRP,
    TIOCGWINSZ,   FIONREAD, FIONBIO, FIOASYNC,    FIONCLEX,    FIOCLEX,
    SIOCGIFNAME,  SIOCGIFCONF, SIOCGIFFLAGS, SIOCGIFADDR, SIOCGIFINDEX, 0x802c542a,
    SIOCGIFMTU,   SIOCGIFHWADDR, SIOCGIFBRDADDR, SIOCGIFNETMASK,
    TIOCGPTN,     TIOCSPTLCK,  TIOCGPTPEER,  TIOCSCTTY,   TIOCNOTTY,    TIOCSWINSZ};
// madvise: allocators' and garbage collectors' (25: MADV_COLLAPSE).
constexpr std::array<uint32_t, 9> kMadvise = {
    MADV_NORMAL, MADV_WILLNEED, MADV_DONTNEED, MADV_FREE, MADV_HUGEPAGE, MADV_NOHUGEPAGE,
    MADV_DONTDUMP, 25, MADV_DODUMP};
// personality: asking for the present one, and the ordinary one.
constexpr std::array<uint32_t, 2> kPersonality = {0xffffffff, 0};
constexpr std::array<uint32_t, 1> kClone = {0};

std::span<const uint32_t> usual_values(const std::string& name) {
  if (name == "prctl") return kPrctl;
  if (name == "fcntl" || name == "fcntl64") return kFcntl;
  if (name == "ioctl") return kIoctl;
  if (name == "madvise") return kMadvise;
  if (name == "personality") return kPersonality;
  if (name == "clone") return kClone;
  return {};
}

// Programs that are linked to libaudit, mostly by way of PAM, tell the kernel of each login, and take
// it for an error to be refused the socket.
bool uses_audit(const trace::Trace& trace) {
  return std::any_of(trace.files.begin(), trace.files.end(), [](const auto& file) {
    return (file.second.access & trace::kMapped) != 0 &&
           name_of(file.first).starts_with("libaudit.so");
  });
}

// Sockets that go with those seen. A host may have the other version of IP; names are resolved over
// UDP and, when answers are long, TCP, after asking which addresses the host has; syslog(3) and nscd
// are AF_UNIX.
void add_usual_sockets(std::set<Values>& values, const trace::Trace& trace) {
  const bool network =
      std::any_of(values.begin(), values.end(),
                  [](const Values& socket) {
                    return socket[0] == AF_INET || socket[0] == AF_INET6;
                  }) ||
      (trace.reachable && (trace.reachable->contains(trace::import_fact(trace::kNeverRun, "socket")) ||
                           trace.reachable->contains(trace::import_fact(trace::kServes, "socket")) ||
                           trace.reachable->contains(std::string(trace::kConnects))));
  values.insert({AF_UNIX, SOCK_STREAM, 0});
  values.insert({AF_UNIX, SOCK_DGRAM, 0});
  if (uses_audit(trace)) values.insert({AF_NETLINK, SOCK_RAW, NETLINK_AUDIT});
  if (!network) return;
  values.insert({AF_NETLINK, SOCK_RAW, NETLINK_ROUTE});
  for (const uint32_t family : {AF_INET, AF_INET6}) {
    values.insert({family, SOCK_STREAM, 0});
    values.insert({family, SOCK_STREAM, IPPROTO_TCP});
    values.insert({family, SOCK_DGRAM, 0});
    values.insert({family, SOCK_DGRAM, IPPROTO_UDP});
  }
}

std::array<uint32_t, 3> masks_of(const trace::ArgumentCall& call) {
  return call.name == "clone" ? std::array<uint32_t, 3>{kNewNamespaces, 0, 0} : call.masks;
}

// Every combination seen on any architecture, masked; nothing when one of them does not tell.
std::optional<std::set<Values>> seen_values(const trace::ArgumentCall& call,
                                            const trace::Trace& trace) {
  const auto masks = masks_of(call);
  std::set<Values> values;
  for (const auto& [made, use] : trace.syscalls) {
    if (made.name != call.name) continue;
    if (use.assumed || !use.arguments) return std::nullopt;
    for (Values combination : *use.arguments) {
      if (combination.size() != call.count) return std::nullopt;
      for (size_t i = 0; i < combination.size(); ++i) combination[i] &= masks[i];
      values.insert(std::move(combination));
    }
  }
  return values;
}

// Whether every condition is about one of the call's recorded arguments, so that it can be judged.
bool can_judge(const trace::ArgumentCall& call, const std::vector<Answer>& granted) {
  for (const Answer& answer : granted)
    for (const SeccompArg& condition : answer.args)
      if (condition.index < call.first ||
          condition.index >= static_cast<unsigned>(call.first + call.count))
        return false;
  return true;
}

Answer answer_for(const trace::ArgumentCall& call, const Values& values) {
  const auto masks = masks_of(call);
  Answer answer{"SCMP_ACT_ALLOW", std::nullopt, {}};
  // The kernel looks at 32 bits; C libraries differ in what they leave in the other half.
  for (size_t i = 0; i < values.size(); ++i)
    answer.args.push_back({static_cast<uint32_t>(call.first + i), masks[i], values[i],
                           "SCMP_CMP_MASKED_EQ"});
  return answer;
}

}  // namespace

std::optional<std::vector<Answer>> argument_answers(const std::string& name,
                                                    const trace::Trace& trace,
                                                    const std::vector<Answer>& granted) {
  const trace::ArgumentCall* call = trace::argument_call(name);
  if (!call || !can_judge(*call, granted)) return std::nullopt;
  auto values = seen_values(*call, trace);
  if (!values) return std::nullopt;
  if (name == "socket") add_usual_sockets(*values, trace);
  for (const uint32_t value : usual_values(name)) values->insert({value});
  std::vector<Answer> answers;
  for (const Values& combination : *values)
    if (permitted(granted, call->first, combination)) answers.push_back(answer_for(*call, combination));
  if (answers.empty()) return std::nullopt;
  return answers;
}

std::optional<std::vector<Answer>> runtime_answers(const std::string& name,
                                                   const std::vector<Answer>& granted) {
  if (granted.size() != 1 || !granted.front().args.empty()) return std::nullopt;
  for (const FloorArgument& argument : floor_arguments()) {
    if (argument.name != name) continue;
    std::vector<Answer> answers;
    for (const uint32_t value : argument.values)
      answers.push_back({granted.front().action, std::nullopt,
                         {{argument.index, 0xffffffff, value, "SCMP_CMP_MASKED_EQ"}}});
    return answers;
  }
  return std::nullopt;
}

}  // namespace slim::policy
