// SPDX-License-Identifier: Apache-2.0
// Seccomp profiles: Docker's format (which OCI engines share: names, action, args, includes and
// excludes resolved) and the runtime-spec's linux.seccomp.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "slim/trace/trace.hpp"

namespace slim::policy {

struct SeccompArg {
  uint32_t index = 0;
  uint64_t value = 0;
  uint64_t value_two = 0;
  std::string op;  // SCMP_CMP_EQ, SCMP_CMP_MASKED_EQ (value: mask, value_two: expected), ...
  friend auto operator<=>(const SeccompArg&, const SeccompArg&) = default;
};

struct SeccompRule {
  std::vector<std::string> names;  // sorted
  std::string action;              // SCMP_ACT_ALLOW, ...
  std::optional<uint32_t> errno_ret;
  std::vector<SeccompArg> args;
};

struct SeccompProfile {
  std::string default_action = "SCMP_ACT_ERRNO";
  std::optional<uint32_t> default_errno_ret;  // EPERM if unset
  std::vector<std::string> architectures;     // SCMP_ARCH_X86_64, ...
  std::vector<SeccompRule> rules;
};

// The capabilities a Docker container has unless told otherwise.
const std::vector<std::string>& docker_default_capabilities();

// Both formats have the same JSON for what a SeccompProfile can hold. Deterministic, sorted.
std::string to_json(const SeccompProfile& profile);
// Reads either format. Docker's conditions on capabilities, architecture and kernel version
// (includes, excludes, archMap) are resolved for these capabilities, this machine and any kernel.
// Errors: `usage`, naming `name` and the place in the document.
Result<SeccompProfile> parse_seccomp(
    std::string_view json, const std::string& name,
    const std::vector<std::string>& capabilities = docker_default_capabilities());

// What Docker confines a container to by default, for this machine's architecture and these
// capabilities (CAP_*).
SeccompProfile docker_default(const std::vector<std::string>& capabilities);
// The same for an architecture by libseccomp's name: x86_64 or aarch64.
SeccompProfile docker_default_for(const std::string& architecture,
                                  const std::vector<std::string>& capabilities);

// For a run under the ptrace tracer: every ALLOW becomes TRACE, except of the calls in `untraced`.
SeccompProfile with_tracing(const SeccompProfile& profile,
                            const std::vector<std::string>& untraced);

struct SeccompSummary {
  unsigned allowed = 0;            // calls of the native architecture that are allowed in some way
  unsigned total = 0;              // calls the architecture has
  std::vector<std::string> names;  // allowed, sorted
  unsigned argument_rules = 0;     // permissions that hold for certain argument values only
};
SeccompSummary summarise(const SeccompProfile& profile);

// Native system calls that the trace saw and the profile does not allow, or not with the argument
// values seen: "mount", "socket(16, 3, 15)".
std::vector<std::string> denied_calls(const trace::Trace& trace, const SeccompProfile& profile);

// Whether a call guards something that nobody misses until it is needed, so that no test can tell
// whether it may be refused: data reaching the disk, memory and descriptors given back, privileges
// given up, access restricted. None of them gives a program power.
bool is_safeguard(const std::string& call);

// The OCI runtime that will start the container under the profile: its own calls are allowed. `any` is
// every runtime, on every machine that engines support; the others mean a machine on which slim could
// run: Linux 5.11 or newer, with a vDSO.
enum class ProfileRuntime { any, runc, crun };

struct SeccompChoices {
  ProfileRuntime runtime = ProfileRuntime::any;
  // The container is started with no-new-privileges, under which runtimes need fewer calls.
  bool no_new_privileges = false;
  // Of which phases of the trace the calls are allowed. Without kStarting: what a program could
  // restrict itself to once it serves.
  uint32_t phases = trace::kStarting | trace::kServing | trace::kStopping;
  // Programs, by name, that the image's scripts may run although no run showed it: what they exist for
  // is allowed.
  std::set<std::string> commands;
  // Filter by argument values where the trace has them: a socket's family, type and protocol, new
  // namespaces of clone, and the codes of prctl, ioctl, fcntl, madvise, personality, setns, unshare.
  bool arguments = true;
};

// The profile that allows what the trace saw, plus what the runtimes need to start a program, the
// twins of newer calls and the vDSO's; clone3 and unknown newer calls answer ENOSYS when they are
// not allowed. Default EPERM. Never allows what `base` (the profile of the traced run) forbids.
SeccompProfile seccomp_from_trace(const trace::Trace& trace, const SeccompProfile& base,
                                  const SeccompChoices& choices = {});

// The profile for another architecture (libseccomp's name: x86_64, aarch64), by the names of calls:
// what it lacks becomes what C libraries call there instead. Nothing was ever run under it. The same
// architecture gives the same profile. Error: `usage` for an architecture that is not known.
struct Translated {
  SeccompProfile profile;
  std::vector<std::string> dropped;  // allowed calls that have no counterpart there, sorted
  std::string from;                  // SCMP_ARCH_* it was made from; empty if it is the same
};
Result<Translated> for_architecture(const SeccompProfile& profile, const std::string& architecture);

// The profile that allows what either of the two allows. A call that both allow on conditions is
// allowed on the conditions of both; `base` decides everything else: the default action, what
// refused calls answer, and the architectures, to which those of `more` are added.
SeccompProfile united(const SeccompProfile& base, const SeccompProfile& more);

}  // namespace slim::policy
