// SPDX-License-Identifier: Apache-2.0
#include "policy/wanted_calls.hpp"

#include <algorithm>
#include <set>

#include "policy/kin_calls.hpp"
#include "policy/runtime_floor.hpp"
#include "slim/base/text.hpp"
#include "slim/trace/call_evidence.hpp"
#include "slim/trace/import_calls.hpp"
#include "slim/trace/script_calls.hpp"

namespace slim::policy {
namespace {

uint8_t runtimes_of(ProfileRuntime runtime) {
  switch (runtime) {
    case ProfileRuntime::runc: return kRunc;
    case ProfileRuntime::crun: return kCrun;
    case ProfileRuntime::any: break;
  }
  return kRunc | kCrun;
}

std::string phases_text(uint32_t phases) {
  std::string text;
  for (const auto& [bit, word] : {std::pair{trace::kStarting, "starting"},
                                  {trace::kServing, "serving"},
                                  {trace::kStopping, "stopping"}})
    if (phases & bit) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

void add_observed(const trace::Trace& trace, uint32_t phases, CallReasons& wanted) {
  std::map<std::string, uint32_t> seen;
  std::set<std::string> assumed;
  for (const auto& [call, use] : trace.syscalls) {
    // A number that libseccomp has no name for cannot be put into a profile. A call without phases
    // was assumed: it may have been made in any.
    if (call.name.starts_with('#')) continue;
    if (use.phases != 0 && !(use.phases & phases)) continue;
    if (use.assumed)
      assumed.insert(call.name);
    else
      seen[call.name] |= use.phases;
  }
  for (const auto& [name, when] : seen)
    wanted[name].push_back({CallOrigin::observed, phases_text(when)});
  for (const auto& name : assumed)
    if (!seen.contains(name)) wanted[name].push_back({CallOrigin::assumed, {}});
}

// Where newfstatat does fstat's work (glibc from 2.33 on), what is built for it makes none of these.
constexpr std::string_view kNoLonger[] = {"fstat", "lstat", "pipe", "select", "stat"};

// Not for a program that was seen to do without.
constexpr std::string_view kNetwork[] = {
    "accept",     "accept4",  "bind",     "connect", "getpeername", "getsockname",
    "getsockopt", "listen",   "recvfrom", "recvmmsg", "recvmsg",    "sendmmsg",
    "sendmsg",    "sendto",   "setsockopt", "shutdown", "socket"};

// Programs that were not run may do anything that they import. Where nothing listens, those that were
// run are what the image is for, and the next time they are given other arguments; a server of the
// distribution goes on doing what it did, and what starts it is the same each time.
void add_imported(const trace::Trace& trace, const std::set<std::string>& seen,
                  CallReasons& wanted) {
  if (!trace.reachable) return;
  const bool newer = seen.contains("newfstatat") && !seen.contains("fstat");
  const auto allow = [&](const std::string& call, const std::string& by) {
    if (!call.empty() && !seen.contains(call)) wanted[call].push_back({CallOrigin::imported, by});
  };
  const auto add = [&](const std::string& call, const std::string& by) {
    if (!newer || !is_one_of(call, kNoLonger)) allow(call, by);
  };
  for (const std::string& fact : *trace.reachable) {
    add(trace::imported_call(trace::kNeverRun, fact), "a program that the run did not start");
    add(trace::imported_call(trace::kNative, fact), "native code of a script's package, to wait");
    allow(trace::imported_call(trace::kOlder, fact), "code that was built for an older C library");
    add(trace::imported_call(trace::kScripted, fact), "a function that a script names");
    add(trace::imported_call(trace::kServes, fact), "a server's code, for others than the probe");
    const std::string call = trace::imported_call(trace::kRun, fact);
    if (!seen.contains("listen") && !is_one_of(call, kNetwork)) add(call, "a program with other arguments");
  }
}

void add_floor(const trace::Trace& trace, const SeccompChoices& choices, bool anywhere,
               CallReasons& wanted) {
  const auto holds = [&](std::string_view fact) {
    return fact.empty() || !trace.reachable || trace.reachable->contains(std::string(fact));
  };
  for (const FloorCall& call : runtime_floor()) {
    const bool made = (call.runtimes & runtimes_of(choices.runtime)) &&
                      holds(call.matters_if) &&
                      (anywhere || call.on == Machine::any) &&
                      (!choices.no_new_privileges || call.with == Privileges::any);
    if (made) wanted[std::string(call.name)].push_back({CallOrigin::runtime, floor_reason(call)});
  }
}

}  // namespace

CallReasons wanted_calls(const trace::Trace& trace, const SeccompChoices& choices) {
  CallReasons wanted;
  add_observed(trace, choices.phases, wanted);
  std::set<std::string> names;
  for (const auto& [name, reasons] : wanted) names.insert(name);
  for (const std::string& kin : kin_of(names, trace))
    if (!names.contains(kin)) wanted[kin].push_back({CallOrigin::kin, {}});
  for (const CommandKin& command : command_kin()) {
    if (!choices.commands.contains(std::string(command.command))) continue;
    for (const std::string_view call : command.calls)
      if (!call.empty() && !names.contains(std::string(call)))
        wanted[std::string(call)].push_back({CallOrigin::kin, std::string(command.command)});
  }
  add_imported(trace, names, wanted);
  // On an older kernel the same program uses the older call. The other way round needs nothing:
  // a newer call that was not seen answers ENOSYS, which makes the program use what was seen.
  for (const Fallback& fallback : fallbacks()) {
    const std::string older(fallback.older), newer(fallback.newer);
    if (wanted.contains(newer) && !wanted.contains(older))
      wanted[older].push_back({CallOrigin::fallback, newer});
  }
  const bool anywhere = choices.runtime == ProfileRuntime::any;
  for (const HiddenCall& call : hidden_calls()) {
    const bool made = (anywhere || call.on == Machine::any) && is_reachable(trace, call.name);
    if (made) wanted[std::string(call.name)].push_back({CallOrigin::hidden, {}});
  }
  // Once the program serves, the runtime is long done.
  if (choices.phases & trace::kStarting) add_floor(trace, choices, anywhere, wanted);
  return wanted;
}

bool is_only_runtimes(const std::vector<CallReason>& reasons) {
  return !reasons.empty() &&
         std::all_of(reasons.begin(), reasons.end(), [](const CallReason& reason) {
           return reason.origin == CallOrigin::runtime;
         });
}

}  // namespace slim::policy
