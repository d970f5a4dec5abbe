// SPDX-License-Identifier: Apache-2.0
#include "policy/kin_calls.hpp"

#include <sched.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "slim/base/interpreter.hpp"
#include "slim/trace/call_evidence.hpp"
#include "slim/trace/own_calls.hpp"

namespace slim::policy {
namespace {

// These always succeed, says POSIX, so no program looks for an error: refused, they would make it
// user 4294967295, or process -1, to which kill() is "everybody".
constexpr std::string_view kNeverFail[] = {"getegid", "geteuid", "getgid", "getpid", "getuid"};

// What is known of a program besides the names of its calls, as conditions of the table below.
constexpr std::string_view kMakesThreads = "(threads)";
constexpr std::string_view kMakesProcesses = "(processes)";
constexpr std::string_view kJavaMachine = "(libjvm.so)";
constexpr std::string_view kSqlite = "(libsqlite3.so)";
constexpr std::string_view kRuby = "(libruby)";
constexpr std::string_view kErlang = "(beam.smp)";
constexpr std::string_view kInterpreter = "(an interpreter)";
constexpr std::string_view kMayFork = "(fork)";
constexpr std::string_view kMayWatch = "(watches)";
constexpr std::string_view kDials = "(a server that did not connect, and whose own code does)";
constexpr std::string_view kAsksWho = "(own code asks for the other end)";
constexpr std::string_view kNotAccepted = "(a socket without visitors)";

using Names = std::array<std::string_view, 16>;

// A server that makes one of these keeps data, and does with it what its clients come to ask for.
constexpr Names kKeepsData = {"fdatasync", "fsync", "ftruncate", "rename", "renameat", "renameat2"};

// Which of these a program calls depends on its input (a large answer, a file instead of text, a lock
// that is taken), not on what it is for; none gives a power that those seen do not.
struct Kin {
  std::array<Names, 4> where;  // of each, one was seen; empty: nothing more is asked
  Names unless;                // none of these was seen
  Names also;
};
constexpr Kin kKin[] = {
    // Its class library copies descriptors of directories, waits for one socket with poll, gathers and
    // scatters buffers, closes one direction, looks at interfaces and at its own times, writes mapped
    // files back, and asks the C library for addresses, whichever class it is that a program uses first.
    {{{{kJavaMachine}}},
     {},
     {"dup", "ioctl", "msync", "poll", "readv", "recvfrom", "recvmsg", "sendmmsg", "sendto", "shutdown",
      "times", "writev"}},
    // A loop over many descriptors, and a wait for a single one.
    {{{{"epoll_pwait", "epoll_wait", "ppoll"}}}, {}, {"poll"}},
    // What such a loop reads and writes with depends on how much is to be said; at the end it closes
    // one direction and waits for the other.
    {{{{"epoll_pwait", "epoll_wait"}, {"recvfrom", "recvmsg", "sendmsg", "sendto"}}},
     {},
     {"recvfrom", "recvmsg", "sendmsg", "sendto", "shutdown", "writev"}},
    // Servers that gather their answers answer with files, too, without reading them.
    {{{{"accept", "accept4"}, {"recvfrom", "recvmsg"}, {"writev"}}}, {}, {"sendfile"}},
    // Who passes answers on reads them into several buffers, if more comes than was expected.
    {{{{"connect"}, {"recvfrom", "recvmsg"}, {"writev"}}}, {}, {"readv"}},
    // Who connects may have to resolve a name first, which the C library does with all of these.
    {{{{"connect"}}},
     {},
     {"poll", "recvfrom", "recvmsg", "sendmmsg", "sendmsg", "sendto"}},
    // Who did not wait for a connection asks later whether there is one.
    {{{{"connect"}}}, {}, {"getsockopt"}},
    // What a server with processes of its own does sooner or later: wait for what they write, and back
    // off when a lock is taken. Refused, that turns into lost answers or busy loops.
    {{{{"listen"}, {"clone", "clone3", "fork", "vfork"}}},
     {"epoll_pwait", "epoll_wait", "poll", "ppoll", "pselect6", "select"},
     {"poll"}},
    {{{{"listen"}, {"wait4", "waitid"}, {"futex"}}}, {}, {"clock_nanosleep"}},
    // What keeps data in directories takes them away again (a database that is dropped).
    {{{{"mkdir"}, {"fdatasync", "fsync"}}}, {}, {"rmdir"}},
    {{{{"mkdirat"}, {"fdatasync", "fsync"}}}, {}, {"unlinkat"}},
    // Who makes files of lasting worth, writes them in place, cuts and replaces them, too, and sees to
    // it that they reach the disk, when there is something to keep.
    {{{{"listen"}, {"fdatasync", "flock", "fsync", "ftruncate", "link", "linkat", "rename"}}},
     {},
     {"fallocate", "fdatasync", "fsync", "ftruncate", "link", "pwrite64", "rename", "unlink"}},
    // The same where a program names directories by descriptors, as Go's library does.
    {{{{"listen"},
       {"fdatasync", "flock", "fsync", "ftruncate", "linkat", "renameat", "renameat2"},
       {"linkat", "mkdirat", "renameat", "renameat2", "unlinkat"}}},
     {},
     {"fsync", "ftruncate", "linkat", "mkdirat", "renameat", "unlinkat"}},
    // Servers that handle files do so at any place in them.
    {{{{"listen"}, {"fsync", "ftruncate", "lseek", "pwrite64", "rename", "sendfile"}}},
     {},
     {"lseek", "pread64", "pwrite64"}},
    {{{{"listen"}, {"lseek", "pwrite64", "sendfile"}, {"writev"}}}, {}, {"pwritev"}},
    // A database in the process itself: opened for reading or not opened yet, it is written to next.
    {{{{kSqlite}}},
     {},
     {"fdatasync", "fsync", "ftruncate", "pread64", "pwrite64", "unlink"}},
    // Who starts programs for what comes in connects them by descriptors of a certain number.
    {{{{"listen"}, {"wait4", "waitid"}}}, {}, {"dup2"}},
    // Who listens accepts, whether the probe came that way or not; where it did is known how. How it
    // talks then is not: after asking who is there and how much there is to read, maybe in a process
    // for each, with little time.
    {{{{"listen"}, {kNotAccepted}}},
     {},
     {"accept", "accept4", "alarm", "getpeername", "getsockname", "getsockopt", "ioctl", "readv",
      "recvfrom", "recvmsg", "sendmsg", "sendto", "setsockopt", "shutdown", "wait4", "writev"}},
    // It connects, too, once it is told where to: a replica, a proxy, a collector.
    {{{{kDials}}}, {}, {"connect", "getsockopt"}},
    {{{{kDials}, {kAsksWho}}}, {}, {"getpeername"}},
    {{{{kDials}, {trace::kResolves}}}, {}, {"poll", "recvfrom", "sendmmsg", "sendto"}},
    // The owner of a file that is open, or of one that is not.
    {{{{"fchown"}}}, {}, {"chown"}},
    // The same for its mode.
    {{{{"chmod", "fchmodat"}}}, {}, {"fchmod"}},
    // Whose clients have processes, with loops over many descriptors, tells them news of files, too,
    // where the code is known to ask for it (mail that comes in).
    {{{{"listen"}, {kMakesProcesses}, {"epoll_pwait", "epoll_wait"}, {kMayWatch}}},
     {},
     {"inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch"}},
    // Who takes on a user's groups looks at them, too, once there is a user (a login).
    {{{{"setgroups"}}}, {}, {"getgroups"}},
    // Who removes trees goes into directories by name, and back by descriptor. Who starts programs in
    // their directories may know these by descriptors alone.
    {{{{"chdir"}, {"rmdir", "unlink", "unlinkat"}}}, {}, {"fchdir"}},
    {{{{"listen"}, {kMakesProcesses}}}, {}, {"fchdir"}},
    // Who makes processes waits for them: sooner than usual when one cannot start. Which call it makes
    // them by is the choice of the shell or library in between.
    {{{{kMakesProcesses}}}, {}, {"vfork", "wait4"}},
    // Its standard library keeps what is large in temporary files, moves files to where they belong,
    // sleeps, locks and starts programs: whatever a request that was not probed makes a program do.
    {{{{kInterpreter}, {"connect", "listen"}}},
     {},
     {"chmod", "clock_nanosleep", "dup2", "fchmod", "flock", "fsync", "ftruncate", "mkdir", "rename",
      "rmdir", "symlink", "unlink", "unlinkat", "utimensat", "wait4"}},
    {{{{kInterpreter}, {"connect", "listen"}}}, {}, {"fdatasync", "link", "listxattr", "llistxattr"}},
    // If it starts programs, it does so with pipes or sockets between, waits for what comes through
    // several at a time, and may be handed descriptors.
    {{{{kInterpreter}, {"connect", "listen"}, {kMayFork}}},
     {},
     {"pipe2", "poll", "recvmsg", "sendmsg", "socketpair", "vfork", "waitid"}},
    // If it also gives them sessions or groups of their own, that takes a call more.
    {{{{kInterpreter}, {"connect", "listen"}, {kMayFork}}}, {}, {"setpgid", "setsid"}},
    // Ruby asks whose rights it has before it starts one, to tell whether the quick way is safe.
    {{{{kRuby}, {kMayFork}}}, {}, {"getresgid", "getresuid"}},
    // Erlang sets a file's owner, maybe to what it is, whenever it sets its mode or times.
    {{{{kErlang}, {"connect", "listen"}}}, {}, {"chown"}},
    // If it copies files, its library has the kernel do so. (The other call for it is answered by
    // ENOSYS, which makes libraries take this one.)
    {{{{kInterpreter}, {"connect", "listen"}, {trace::kCopies}}}, {}, {"sendfile"}},
    // Scripts that name what starts programs, connects, keeps files or waits do so in a branch that was not
    // probed.
    {{{{kInterpreter}, {trace::kStarts}}},
     {},
     {"clone", "dup2", "pipe2", "poll", "unlink", "vfork", "wait4", "waitid"}},
    {{{{kInterpreter}, {trace::kConnects}}},
     {},
     {"bind", "connect", "getpeername", "getsockname", "getsockopt", "poll", "pselect6", "recvfrom",
      "recvmsg", "sendmmsg", "sendto", "setsockopt", "socket", "uname"}},
    // Who serves and connects may be visited by what it starts, over another library's sockets.
    {{{{kInterpreter}, {"accept", "accept4"}, {trace::kConnects}}}, {}, {"accept", "accept4"}},
    {{{{kInterpreter}, {trace::kKeepsFiles}}},
     {},
     {"fallocate", "fdatasync", "fsync", "ftruncate", "link", "mkdir", "pread64", "pwrite64", "rename",
      "rmdir", "symlink", "unlink"}},
    {{{{kInterpreter}, {trace::kLoops}}}, {}, {"epoll_create1", "epoll_ctl", "epoll_wait", "socketpair"}},
    // Who sets an alarm rarely looks whether that was possible, and waits for ever.
    {{{{kInterpreter}, {"connect", "listen"}}}, {}, {"alarm", "setitimer"}},
    // Its collector of garbage gives memory back when there is some, and stops other threads by
    // signals.
    {{{{kInterpreter}}}, {}, {"madvise"}},
    {{{{kInterpreter}, {kMakesThreads}}},
     {},
     {"getrusage", "gettid", "rt_sigsuspend", "tgkill"}},
    // Who gives users sessions (a login) gives them a terminal, too, when they ask for one. Asked of
    // the calls alone, which is more than gives_sessions() does: it costs little.
    {{{{"setsid"}, {"setresuid", "setreuid", "setuid"}}}, {}, {"chown", "chmod"}},
    // Who sets timers stops them, too: at the latest a child does that has them from its parent.
    {{{{"timer_create", "timer_settime"}}}, {}, {"timer_create", "timer_delete", "timer_settime"}},
    // A thread is signalled by its number.
    {{{{"rt_tgsigqueueinfo", "tgkill", "tkill"}}}, {}, {"gettid"}},
};

// Their refusal turns a first start into a failed one: the volume was empty and not the user's; or a
// later one, when its directories belong to somebody who lets nobody else in; or it leaves behind
// what a script means to clean up.
constexpr CommandKin kCommands[] = {
    {"chgrp", {"fchownat", "fchown", "chown", "lchown"}, {"CAP_CHOWN", "CAP_DAC_OVERRIDE"}},
    {"chmod", {"fchmodat", "fchmod", "chmod"}, {"CAP_FOWNER"}},
    {"chown", {"fchownat", "fchown", "chown", "lchown"}, {"CAP_CHOWN", "CAP_DAC_OVERRIDE"}},
    {"ln", {"symlinkat", "linkat", "symlink", "link"}, {}},
    {"mkdir", {"mkdir", "mkdirat"}, {}},
    {"mv", {"renameat2", "renameat", "rename", "unlinkat", "unlink"}, {}},
    {"rm", {"unlinkat", "unlink", "rmdir"}, {}},
    {"rmdir", {"rmdir", "unlinkat"}, {}},
    {"sleep", {"clock_nanosleep", "nanosleep"}, {}},
    {"touch", {"utimensat"}, {}},
    {"install",
     {"fchown", "lchown", "chown", "fchmod", "chmod", "mkdir"},
     {"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"}},
};

// Whether it connects to anything but the C library's cache of names, for which every look-up of a
// user or host looks in vain on most systems. True if the trace does not tell.
bool connects(const trace::Trace& trace) {
  bool told = false;
  for (const trace::SocketUse& use : trace.sockets) {
    if (use.action != trace::SocketAction::connect) continue;
    if (use.family != "unix" || !use.address.ends_with("/nscd/socket")) return true;
    told = true;
  }
  return !told;
}

// Whether there is a listening socket of which nobody was seen to accept. True if the trace has none:
// then it does not tell.
bool listens_in_vain(const trace::Trace& trace) {
  const auto serves = [&](const trace::SocketUse& listening) {
    return std::any_of(
        trace.sockets.begin(), trace.sockets.end(), [&](const trace::SocketUse& accepting) {
          const bool unix_both = accepting.family == "unix" && listening.family == "unix";
          return accepting.action == trace::SocketAction::accept &&
                 (unix_both ? accepting.address == listening.address
                            : accepting.port == listening.port && accepting.port != 0);
        });
  };
  bool told = false;
  for (const trace::SocketUse& use : trace.sockets) {
    if (use.action != trace::SocketAction::listen) continue;
    if (!serves(use)) return true;
    told = true;
  }
  return !told;
}

// Whether a clone with such flags was seen; one whose flags are not known is a process's.
bool clones(const trace::Trace& trace, bool threads) {
  for (const auto& [call, use] : trace.syscalls) {
    if (call.name != "clone") continue;
    if (!use.arguments && !threads) return true;
    if (!use.arguments) continue;
    for (const auto& values : *use.arguments)
      if (!values.empty() && ((values[0] & CLONE_THREAD) != 0) == threads) return true;
  }
  return false;
}

bool is_told(const trace::Trace& trace) {
  return trace.reachable && !trace.reachable->contains(std::string(trace::kUntold));
}

// Whether there is evidence that the call is made some day.
bool is_expected(const trace::Trace& trace, std::string_view call) {
  return is_told(trace) && trace.reachable->contains(std::string(call));
}

// Whether a library of this name was looked at, whatever version comes after it.
bool loads(const trace::Trace& trace, std::string_view library) {
  return std::any_of(trace.files.begin(), trace.files.end(), [&](const auto& file) {
    const std::string_view path = file.first;
    return path.substr(path.rfind('/') + 1).starts_with(library);
  });
}

bool is_own(const trace::Trace& trace, std::string_view call) {
  return trace.reachable && trace.reachable->contains(trace::own_fact(call));
}

void add_own(const trace::Trace& trace, std::set<std::string>& kin) {
  for (const trace::OwnCall& own : trace::own_calls())
    if (is_own(trace, own.call)) kin.emplace(own.call);
}

}  // namespace

std::span<const CommandKin> command_kin() { return kCommands; }

bool is_reachable(const trace::Trace& trace, std::string_view call) {
  return !is_told(trace) || trace::evidence_of(call) == nullptr ||
         trace.reachable->contains(std::string(call));
}

bool interprets(const trace::Trace& trace) {
  return std::any_of(trace.files.begin(), trace.files.end(), [&](const auto& file) {
    const std::string_view path = file.first;
    return (file.second.access & (trace::kExecuted | trace::kMapped)) != 0 &&
           is_interpreter(path.substr(path.rfind('/') + 1));
  });
}

bool gives_sessions(const trace::Trace& trace) {
  // An assumed call counts: setsid is nothing that a tracer has to see.
  const auto called = [&](std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return std::any_of(trace.syscalls.begin(), trace.syscalls.end(), [&](const auto& each) {
        return each.first.name == name;
      });
    });
  };
  return trace.files.contains("/etc/shadow") && called({"setsid"}) &&
         called({"setresuid", "setreuid", "setuid"});
}

std::set<std::string> kin_of(const std::set<std::string>& seen, const trace::Trace& trace) {
  std::set<std::string> facts = seen;
  if (!connects(trace)) facts.erase("connect");
  if (listens_in_vain(trace)) facts.emplace(kNotAccepted);
  if (seen.contains("clone3") || clones(trace, true)) facts.emplace(kMakesThreads);
  if (is_reachable(trace, "fork")) facts.emplace(kMayFork);
  if (is_expected(trace, "inotify_add_watch")) facts.emplace(kMayWatch);
  if (is_reachable(trace, trace::kCopies)) facts.emplace(trace::kCopies);
  // Who makes threads is allowed clone, and so makes processes if its code is known to.
  const bool may_clone = seen.contains("clone") && is_expected(trace, trace::kForks);
  if (may_clone || seen.contains("fork") || seen.contains("vfork") || clones(trace, false))
    facts.emplace(kMakesProcesses);
  if (loads(trace, "libjvm.so")) facts.emplace(kJavaMachine);
  if (loads(trace, "libsqlite3.so")) facts.emplace(kSqlite);
  if (loads(trace, "libruby")) facts.emplace(kRuby);
  if (loads(trace, "beam.smp")) facts.emplace(kErlang);
  if (interprets(trace)) facts.emplace(kInterpreter);
  if (seen.contains("listen") && !facts.contains("connect") && is_own(trace, "connect"))
    facts.emplace(kDials);
  if (is_own(trace, "getpeername")) facts.emplace(kAsksWho);
  for (const std::string_view fact :
       {trace::kStarts, trace::kConnects, trace::kKeepsFiles, trace::kLoops, trace::kResolves})
    if (trace.reachable && trace.reachable->contains(std::string(fact))) facts.emplace(fact);
  const auto any = [&](const Names& names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return !name.empty() && facts.contains(std::string(name));
    });
  };
  std::set<std::string> kin(std::begin(kNeverFail), std::end(kNeverFail));
  for (const Kin& group : kKin) {
    const bool applies = std::all_of(group.where.begin(), group.where.end(), [&](const Names& names) {
      return names[0].empty() || any(names);
    });
    if (!applies || any(group.unless)) continue;
    for (const std::string_view name : group.also)
      if (!name.empty()) kin.emplace(name);
  }
  std::erase_if(kin, [&](const std::string& call) { return !is_reachable(trace, call); });
  // Whoever may make processes may make threads: runtimes do. One that may not end tries to for ever, and
  // one that may not wait ends the process.
  if (any({kMakesThreads}) || is_reachable(trace, trace::kThreads)) kin.insert({"exit", "futex"});
  if (any({"connect", trace::kConnects}) && is_reachable(trace, trace::kResolves)) kin.emplace("poll");
  // Ruby asks for its groups to tell what it may do with a file, and takes a refusal for their number.
  if (any({kRuby})) kin.emplace("getgroups");
  if (any({"listen"}) && (any(kKeepsData) || gives_sessions(trace))) add_own(trace, kin);
  return kin;
}

}  // namespace slim::policy
