// SPDX-License-Identifier: Apache-2.0
// What a run of a container was seen to use. A plain value: every tracer gives the same one for the
// same behaviour, it can be merged, and it goes to JSON and back without loss.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "slim/base/error.hpp"

namespace slim::trace {

// Bits of FileUse::access.
enum Access : uint32_t {
  kLookedUp = 1u << 0,  // opened with O_PATH, or only found
  kRead = 1u << 1,      // opened for reading
  kWritten = 1u << 2,   // opened for writing
  kCreated = 1u << 3,   // came into being by this open
  kExecuted =
      1u << 4,        // the file of an execve (for a script: its interpreter; the script is kRead)
  kMapped = 1u << 5,  // mmap of the file
  kListed = 1u << 6,  // getdents of the directory
};

// A file as the kernel has it: keyed by its path from the container's root after every symlink,
// mount, chroot, working directory and directory descriptor was taken into account.
struct FileUse {
  uint32_t access = 0;
  bool on_rootfs = true;  // on the container's root file system, not on a volume, tmpfs, /proc ...
  friend bool operator==(const FileUse&, const FileUse&) = default;
};

// A path as the program gave it, to any call that takes one, made absolute with the directory it
// was relative to but not otherwise normalised: its symlinks and ".." still stand. Found or missing
// says how the calls ended (ENOENT, ENOTDIR, ELOOP are missing). A call that was denied (EACCES,
// EPERM, EROFS) does not tell whether there is something: a directory on the way may be closed, or
// the name was to be made. Any other errno is found. For calls that remove or replace a name it is
// what was there before.
struct LookupUse {
  bool found = false;
  bool missing = false;
  bool denied = false;
  bool writable = false;  // access(2) was asked whether it may be written, and said yes
  friend bool operator==(const LookupUse&, const LookupUse&) = default;
};

enum Phase : uint32_t {
  kStarting = 1u << 0,  // from the container's first exec until it is ready
  kServing = 1u << 1,   // while it is probed
  kStopping = 1u << 2,  // after the stop signal
};

// Architecture names as libseccomp has them: x86_64, x86, x32, aarch64, arm.
struct Syscall {
  std::string arch;
  std::string name;  // libseccomp's; newer calls have the kernel's; else "#123"
  friend auto operator<=>(const Syscall&, const Syscall&) = default;
};
struct SyscallUse {
  uint32_t phases = 0;
  bool assumed = false;  // not observed: the tracer lets it run unseen (see PtraceTracer)
  // Every combination of values that a call of argument_calls() was made with, masked as said
  // there. Unset: they are not known, so that nothing may be concluded about them.
  std::optional<std::set<std::vector<uint32_t>>> arguments;
  friend bool operator==(const SyscallUse&, const SyscallUse&) = default;
};

enum class SocketAction { listen, bind, connect, accept };
// One kind of use of one local or remote address. For listen, bind and accept address and port are
// the local end as the kernel has it after the call; for connect the remote end.
struct SocketUse {
  SocketAction action = SocketAction::listen;
  std::string family;    // inet, inet6, unix, netlink, packet, vsock, or "#N"
  std::string protocol;  // tcp, udp, udplite, sctp, icmp, stream, dgram, seqpacket, raw, or "#N"
  std::string address;   // numeric; for unix the path as given, "@name" when abstract; may be empty
  uint16_t port = 0;
  bool ephemeral = false;  // listen or bind: the kernel chose the port (port 0 asked, or no bind)
  bool v6only = false;
  std::string process;  // path of the executable
  // Identity: everything above. The rest is united when the same use is seen again.
  uint32_t phases = 0;
  std::set<uint32_t> users;  // effective uids, as the host counts them; empty in older traces
  // Milliseconds from the start of the container to the first time this was seen.
  std::optional<uint64_t> since_ms;
  // Of a listening or bound port: whether it was still there when the container was told to stop.
  // Unknown for a container that ended by itself.
  std::optional<bool> open_at_stop;
  // Takes over what another sighting of the same use adds.
  void unite(const SocketUse& other);
  friend bool operator<(const SocketUse& a, const SocketUse& b);
  friend bool operator==(const SocketUse&, const SocketUse&) = default;
};

// A successful execve.
struct ExecUse {
  std::string path;  // as given, made absolute like a lookup
  std::string file;  // what the kernel runs in the end (the interpreter, for a script)
  friend auto operator<=>(const ExecUse&, const ExecUse&) = default;
};

// A name that was asked of a name server (port 53), whether it was answered or not. Which addresses
// the answers gave is not recorded.
struct NameUse {
  std::set<std::string> types;      // A, AAAA, ... or TYPE123: RFC 3597
  std::set<std::string> processes;  // paths of the executables that asked
  friend bool operator==(const NameUse&, const NameUse&) = default;
};
// By name, in the presentation format of RFC 1035 section 5.1 without the last dot, all printable
// ASCII, in lower case: DNS knows no case, and resolvers mix it at random.
using Names = std::map<std::string, NameUse>;
// The loss that counts what was sent to name servers and could not be read. It leaves a trace
// complete: nothing of the image depends on the names.
inline constexpr std::string_view kNamesLost = "dns_names";

enum class Backend { ebpf, ptrace, replay };
std::string_view name(Backend backend);
std::string_view name(SocketAction action);

struct Trace {
  std::string image_digest;  // of the image that was run; "" if unknown
  // Of its config, which is the same wherever the image is kept; "" if unknown, as in older traces.
  std::string config_digest;
  // What an engine may know it as: "nginx:1.27"; of an archive or a directory only "nginx". Unknown
  // in older traces.
  std::string image_name;
  std::string architecture;  // of the machine: x86_64, aarch64
  Backend backend = Backend::ebpf;
  std::map<std::string, FileUse> files;
  std::map<std::string, LookupUse> lookups;
  std::map<Syscall, SyscallUse> syscalls;
  std::set<SocketUse> sockets;
  Names names;  // empty in older traces
  std::set<ExecUse> execs;
  std::map<std::string, bool> capabilities;  // "CAP_CHOWN" -> granted
  bool capabilities_known = false;           // whether the kernel told
  uint64_t processes = 0;                    // tasks' thread groups seen
  // Whether the container was seen from its first exec on. If not, it was observed while it ran: what
  // it had open then is there, what it had used before and let go of is not.
  bool covers_start = true;
  // Paths of the container that are not the image's: mount points of volumes, tmpfs, /proc, ...
  std::vector<std::string> mount_points;
  // What the image declares with EXPOSE: "80/tcp". Unset when nobody said.
  std::optional<std::set<std::string>> exposed;
  // Of the calls of call_evidence(), those that the code of the image that was made of this can make, as
  // far as its files tell; and the facts beside them there. Unset: not known, as in a trace of which no
  // image was made.
  std::optional<std::set<std::string>> reachable;
  std::optional<int> init_exit_code;  // of the first process, if the tracer saw it end
  std::optional<int> init_signal;

  // Losses, by name: events_lost, paths_truncated, strings_unreadable, map_full, io_uring_paths,
  // unresolved_paths ... Only those above zero are there.
  std::map<std::string, uint64_t> losses;
  // Why the trace must not be trusted; empty means complete. Every loss but kNamesLost has its line
  // here.
  std::vector<std::string> incomplete;
  bool complete() const { return incomplete.empty(); }

  // Unites another trace of the same program with this one; the start is covered if one of them
  // does. The order of merges matters to image, architecture and backend only: the first that knows
  // one tells it. Merging into a Trace that nothing was recorded in gives the other one.
  void merge(const Trace& other);
  friend bool operator==(const Trace&, const Trace&) = default;
};

// schema_version 1; sorted; paths escaped with escape_bytes. from_json(to_json(t)) equals t.
std::string to_json(const Trace& trace);

// The path by which a file was executed: a link to it, or a script that it interprets. The file's own if
// there were several, or none is known.
std::string started_as(const Trace& trace, const std::string& file);
// Errors: `not_found`/`io` from reading; `usage` when it is not a trace, or of a newer schema.
Result<Trace> from_json(std::string_view json, const std::string& name);

}  // namespace slim::trace
