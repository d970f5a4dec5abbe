// SPDX-License-Identifier: Apache-2.0
// Kin calls that depend on what the code can reach.
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "slim/trace/call_evidence.hpp"
#include "slim/trace/import_calls.hpp"
#include "slim/trace/script_calls.hpp"
#include "slim/trace/own_calls.hpp"
#include "unit/policy/filter.hpp"
#include "unit/policy/seccomp_support.hpp"

using namespace slim::policy;
using slim::policy::test::docker;
using slim::policy::test::Filter;
using slim::policy::test::trace_of;
namespace trace = slim::trace;

TEST_CASE("kin calls are allowed only if the code can make them", "[seccomp]") {
  auto trace = trace_of({"listen", "fsync", "lseek", "clone"});
  trace.syscalls[{"x86_64", "clone"}].arguments = {{0x3d0f00}};
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().allows("rename"));  // nothing is known
  CHECK(filter().allows("getuid"));
  trace.reachable = {"rename"};
  const Filter known = filter();
  CHECK(known.allows("rename"));
  CHECK(known.error("link") == 1);
  CHECK(known.error("getuid") == 1);
  CHECK(known.allows("pread64"));  // of which files tell nothing
  CHECK(known.allows("fsync"));    // was seen, whatever files tell
  CHECK(known.error("wait4") == 1);
  trace.reachable->insert({std::string(trace::kForks), "wait4"});
  CHECK(filter().allows("wait4"));
  CHECK(filter().error("vfork") == 1);
  trace.reachable->emplace("vfork");
  CHECK(filter().allows("vfork"));
  trace.reachable->erase(std::string(trace::kForks));
  CHECK(filter().error("vfork") == 1);
}

TEST_CASE("code that does not tell may make any call, but is not known to make processes",
          "[seccomp]") {
  auto trace = trace_of({"listen", "fsync", "clone"});
  trace.syscalls[{"x86_64", "clone"}].arguments = {{0x3d0f00}};
  trace.reachable = {std::string(trace::kUntold)};
  const Filter filter(seccomp_from_trace(trace, docker()));
  CHECK(filter.allows("rename"));
  CHECK(filter.allows("getuid"));
  CHECK(filter.error("vfork") == 1);
}

TEST_CASE("what is done behind a program's back is not, if its code cannot", "[seccomp]") {
  auto trace = trace_of({"read"});
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("kill"));
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("gettimeofday"));
  trace.reachable = {"kill"};
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("kill"));
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("gettimeofday") == 1);
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("clock_gettime"));
}

TEST_CASE("standard streams are given to the user if they are opened by name", "[seccomp]") {
  SeccompChoices choices;
  choices.runtime = ProfileRuntime::runc;
  auto trace = trace_of({"read"});
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker(), choices)); };
  CHECK(filter().allows("fchown", {1}));
  trace.reachable.emplace();
  CHECK(filter().error("fchown", {1}) == 1);
  trace.reachable->emplace(trace::kNamedStreams);
  CHECK(filter().allows("fchown", {1}));
}

TEST_CASE("scripts that start programs are allowed the ways of their library", "[seccomp]") {
  auto trace = trace_of({"listen"});
  trace.files["/usr/bin/python3.11"] = {trace::kExecuted | trace::kMapped, true};
  trace.reachable = {"fork", "poll", "unlinkat", "vfork"};
  const Filter starting(seccomp_from_trace(trace, docker()));
  for (const char* call : {"pipe2", "poll", "recvmsg", "socketpair", "unlinkat", "vfork"}) {
    INFO(call);
    CHECK(starting.allows(call));
  }
  trace.reachable = {"poll"};
  const Filter alone(seccomp_from_trace(trace, docker()));
  for (const char* call : {"pipe2", "poll", "socketpair", "unlinkat", "vfork"}) {
    INFO(call);
    CHECK(alone.error(call) == 1);
  }
}

TEST_CASE("scripts that start programs may give them sessions of their own", "[seccomp]") {
  auto trace = trace_of({"listen"});
  trace.files["/usr/bin/python3.11"] = {trace::kExecuted | trace::kMapped, true};
  trace.reachable = {"fork", "setsid"};
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("setsid"));
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("setpgid") == 1);
  trace.reachable = {"setsid"};
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("setsid") == 1);
}

TEST_CASE("servers watch files if their code is known to", "[seccomp]") {
  auto trace = trace_of({"listen", "epoll_wait", "fork"});
  const auto watches = [&] {
    const Filter filter(seccomp_from_trace(trace, docker()));
    return filter.allows("inotify_init") && filter.allows("inotify_add_watch");
  };
  CHECK_FALSE(watches());  // nothing is known
  trace.reachable = {"inotify_add_watch", "inotify_init"};
  CHECK(watches());
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("inotify_rm_watch") == 1);
  trace.syscalls.erase({"x86_64", "epoll_wait"});
  CHECK_FALSE(watches());
  trace.syscalls[{"x86_64", "epoll_wait"}] = {trace::kStarting, false};
  CHECK(watches());
  trace.reachable->erase("inotify_add_watch");
  CHECK_FALSE(watches());
  trace.reachable->emplace("inotify_add_watch");
  trace.syscalls.erase({"x86_64", "fork"});
  CHECK_FALSE(watches());  // has no processes for its clients
}

TEST_CASE("scripts that link to files, set their times or alarms may", "[seccomp]") {
  auto trace = trace_of({"listen"});
  trace.files["/usr/bin/node"] = {trace::kExecuted | trace::kMapped, true};
  for (const char* call :
       {"alarm", "fdatasync", "link", "listxattr", "setitimer", "symlink", "utimensat"}) {
    INFO(call);
    trace.reachable = {"rename"};
    CHECK(Filter(seccomp_from_trace(trace, docker())).error(call) == 1);
    trace.reachable->emplace(call);
    CHECK(Filter(seccomp_from_trace(trace, docker())).allows(call));
  }
}

TEST_CASE("Erlang sets owners with modes and times", "[seccomp]") {
  auto trace = trace_of({"listen"});
  trace.reachable = {"chown"};
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().error("chown") == 1);
  trace.files["/usr/lib/erlang/erts-13.1.5/bin/beam.smp"] = {trace::kExecuted, true};
  CHECK(filter().allows("chown"));
}

TEST_CASE("Ruby asks for its rights before it starts a program", "[seccomp]") {
  auto trace = trace_of({"listen"});
  trace.files["/usr/lib/libruby-3.1.so.3.1"] = {trace::kMapped, true};
  trace.reachable = {"poll"};
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("getresuid") == 1);
  trace.reachable = {"fork"};
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("getresuid"));
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("getresgid"));
}

TEST_CASE("Ruby asks for its groups, and timers are stopped", "[seccomp]") {
  auto trace = trace_of({"timer_create"});
  trace.reachable.emplace();
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().allows("timer_delete"));
  CHECK(filter().error("getgroups") == 1);
  trace.files["/usr/lib/libruby-3.1.so.3.1"] = {trace::kMapped, true};
  CHECK(filter().allows("getgroups"));
  trace.syscalls.erase({"x86_64", "timer_create"});
  CHECK(filter().error("timer_delete") == 1);
}

TEST_CASE("scripts that copy files let the kernel do so", "[seccomp]") {
  auto trace = trace_of({"listen"});
  trace.files["/usr/bin/node"] = {trace::kExecuted | trace::kMapped, true};
  trace.reachable = {"sendfile"};
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("sendfile") == 1);
  trace.reachable->emplace(trace::kCopies);
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("sendfile"));
}

TEST_CASE("who sets groups asks for them, who removes trees goes back", "[seccomp]") {
  auto trace = trace_of({"setgroups", "chdir", "unlink"});
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("getgroups"));
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("fchdir"));
  trace.reachable = {"fchdir"};
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("getgroups") == 1);
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("fchdir"));
  CHECK(Filter(seccomp_from_trace(trace_of({"chdir"}), docker())).error("fchdir") == 1);
  CHECK(Filter(seccomp_from_trace(trace_of({"listen", "vfork"}), docker())).allows("fchdir"));
  auto by_name = trace_of({"listen", "vfork", "chdir"});
  CHECK(Filter(seccomp_from_trace(by_name, docker())).allows("fchdir"));
  by_name.reachable = {"vfork"};
  CHECK(Filter(seccomp_from_trace(by_name, docker())).error("fchdir") == 1);
}

TEST_CASE("who connects asks whether it worked", "[seccomp]") {
  auto trace = trace_of({"connect"});
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("getsockopt"));
  trace.reachable.emplace();
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("getsockopt") == 1);
}

TEST_CASE("a server whose own code connects may, though the run did not make it", "[seccomp]") {
  auto trace = trace_of({"listen", "socket", "write"});
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().error("connect") == 1);
  trace.reachable = {trace::own_fact("connect"), "getsockopt"};
  CHECK(filter().allows("connect"));
  CHECK(filter().allows("getsockopt"));
  CHECK(filter().error("getpeername") == 1);
  CHECK(filter().error("sendmmsg") == 1);
  trace.reachable->insert({trace::own_fact("getpeername"), "getpeername"});
  CHECK(filter().allows("getpeername"));
  trace.reachable->emplace(trace::kResolves);
  CHECK(filter().allows("sendmmsg"));
  CHECK(filter().allows("sendto"));
  trace.syscalls.erase({"x86_64", "listen"});
  CHECK(filter().error("connect") == 1);
}

TEST_CASE("a server that looked for the cache of names alone did not connect yet", "[seccomp]") {
  auto trace = trace_of({"connect", "listen", "socket"});
  trace::SocketUse cache;
  cache.action = trace::SocketAction::connect;
  cache.family = "unix";
  cache.address = "/var/run/nscd/socket";
  trace.sockets.insert(cache);
  trace.reachable = {std::string(trace::kResolves)};
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("sendmmsg") == 1);
  trace.reachable->insert(trace::own_fact("connect"));
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("sendmmsg"));
}

TEST_CASE("a server that keeps data is allowed what its own code imports", "[seccomp]") {
  auto trace = trace_of({"listen", "write"});
  trace.reachable = {trace::own_fact("getrusage"), trace::own_fact("mkdir"), trace::own_fact("uname")};
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().error("mkdir") == 1);
  trace.syscalls[{"x86_64", "fsync"}] = {trace::kServing, false};
  CHECK(filter().allows("getrusage"));
  CHECK(filter().allows("mkdir"));
  CHECK(filter().allows("uname"));
  CHECK(filter().error("symlink") == 1);
  trace.syscalls.erase({"x86_64", "listen"});
  CHECK(filter().error("mkdir") == 1);
}

TEST_CASE("a server that users log in to is allowed what its own code imports", "[seccomp]") {
  auto trace = trace_of({"listen", "setsid", "setuid", "write"});
  trace.reachable = {trace::own_fact("sendfile"), trace::own_fact("unlinkat"), "sendfile", "unlinkat"};
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().error("unlinkat") == 1);
  trace.files["/etc/shadow"] = {trace::kRead, true};
  CHECK(filter().allows("sendfile"));
  CHECK(filter().allows("unlinkat"));
  trace.syscalls.erase({"x86_64", "setsid"});
  CHECK(filter().error("unlinkat") == 1);
}

TEST_CASE("a program that the run did not start is allowed what it imports", "[seccomp]") {
  auto trace = trace_of({"write"});
  trace.reachable = {trace::import_fact(trace::kNeverRun, "setsid"),
                     trace::import_fact(trace::kNeverRun, "socket"),
                     trace::import_fact(trace::kNeverRun, "stat"),
                     trace::import_fact(trace::kNeverRun, "mount")};
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().allows("setsid"));
  CHECK(filter().allows("socket", {AF_INET, SOCK_STREAM, 0}));
  CHECK(filter().allows("stat"));
  CHECK(filter().error("mount") == 1);  // the base's to refuse
  // The C library has one call for what it had several before.
  trace.syscalls[{"x86_64", "newfstatat"}] = {trace::kServing, false};
  CHECK(filter().error("stat") == 1);
}

TEST_CASE("a server is allowed what its code does for others than the probe", "[seccomp]") {
  auto trace = trace_of({"listen", "write"});
  trace.reachable = {trace::import_fact(trace::kServes, "rename"),
                     trace::import_fact(trace::kServes, "socket"),
                     trace::import_fact(trace::kRun, "symlink")};
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().allows("rename"));
  CHECK(filter().allows("socket", {AF_INET, SOCK_DGRAM, 0}));
  CHECK(filter().error("symlink") == 1);
}

TEST_CASE("native code of a script's package is allowed to wait", "[seccomp]") {
  auto trace = trace_of({"write"});
  trace.reachable.emplace();
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().error("eventfd2") == 1);
  trace.reachable->insert(trace::import_fact(trace::kNative, "eventfd2"));
  CHECK(filter().allows("eventfd2"));
}

TEST_CASE("code for an older C library is allowed the calls of that", "[seccomp]") {
  auto trace = trace_of({"newfstatat"});
  trace.reachable = {trace::import_fact(trace::kNeverRun, "stat")};
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().error("stat") == 1);
  trace.reachable->insert(trace::import_fact(trace::kOlder, "stat"));
  CHECK(filter().allows("stat"));
}

TEST_CASE("a script is allowed the functions that it names", "[seccomp]") {
  auto trace = trace_of({"write"});
  trace.reachable.emplace();
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().error("semget") == 1);
  trace.reachable->insert(trace::import_fact(trace::kScripted, "semget"));
  CHECK(filter().allows("semget"));
  CHECK(filter().error("semop") == 1);
}

TEST_CASE("an interpreter is allowed what its scripts say they do", "[seccomp]") {
  auto trace = trace_of({"write"});
  trace.files["/usr/bin/lua5.4"] = {trace::kExecuted, true};
  trace.reachable.emplace();
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().error("connect") == 1);
  CHECK(filter().error("pipe2") == 1);
  CHECK(filter().error("pread64") == 1);
  trace.reachable = {std::string(trace::kConnects)};
  CHECK(filter().allows("connect"));
  CHECK(filter().allows("socket", {AF_INET, SOCK_STREAM, 0}));
  CHECK(filter().error("pipe2") == 1);
  trace.reachable = {std::string(trace::kConnects), "accept", "accept4"};
  CHECK(filter().error("accept") == 1);
  trace.syscalls[{"x86_64", "accept4"}] = {trace::kServing, false};
  CHECK(filter().allows("accept"));
  trace.syscalls.erase({"x86_64", "accept4"});
  trace.reachable = {std::string(trace::kStarts), "wait4"};
  CHECK(filter().allows("pipe2"));
  CHECK(filter().allows("wait4"));
  CHECK(filter().error("waitid") == 1);
  CHECK(filter().error("connect") == 1);
  CHECK(filter().error("epoll_create1") == 1);
  trace.reachable = {std::string(trace::kLoops)};
  CHECK(filter().allows("epoll_create1"));
  CHECK(filter().allows("socketpair"));
  trace.reachable = {std::string(trace::kKeepsFiles), "fallocate", "pwrite64", "symlink"};
  CHECK(filter().allows("pread64"));
  CHECK(filter().allows("pwrite64"));
  CHECK(filter().allows("symlink"));
  CHECK(filter().allows("fallocate"));
  CHECK(filter().error("link") == 1);
  CHECK(filter().error("rename") == 1);
  trace.files.clear();
  CHECK(filter().error("pread64") == 1);
}

TEST_CASE("an interpreter frees memory and stops threads if its code can", "[seccomp]") {
  auto trace = trace_of({"write"});
  trace.files["/usr/bin/guile"] = {trace::kExecuted, true};
  trace.reachable = {"madvise", "rt_sigsuspend"};
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().allows("madvise", {0, 0, 4}));
  CHECK(filter().error("rt_sigsuspend") == 1);
  trace.syscalls[{"x86_64", "clone3"}] = {trace::kServing, false};
  CHECK(filter().allows("rt_sigsuspend"));
  CHECK(filter().error("tgkill") == 1);
  trace.reachable.emplace();
  CHECK(filter().error("madvise") == 1);
}

TEST_CASE("the system's load is told to who has code that asks for it", "[seccomp]") {
  auto trace = trace_of({"listen"});
  trace.reachable.emplace();
  CHECK(Filter(seccomp_from_trace(trace, docker())).error("sysinfo") == 1);
  trace.reachable->emplace("sysinfo");
  CHECK(Filter(seccomp_from_trace(trace, docker())).allows("sysinfo"));
}

TEST_CASE("where nothing listens, a program is allowed what it imports for other arguments",
          "[seccomp]") {
  auto trace = trace_of({"write"});
  trace.reachable = {trace::import_fact(trace::kRun, "flock"), trace::import_fact(trace::kRun, "connect"),
                     trace::import_fact(trace::kRun, "select"), trace::import_fact(trace::kRun, "mount")};
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().allows("flock"));
  CHECK(filter().allows("select"));
  CHECK(filter().error("connect") == 1);
  CHECK(filter().error("mount") == 1);
  trace.syscalls[{"x86_64", "listen"}] = {trace::kServing, false};
  CHECK(filter().error("flock") == 1);
}

TEST_CASE("who waits for many waits for one if its code does, or for a name server", "[seccomp]") {
  auto trace = trace_of({"listen", "epoll_wait"});
  trace.reachable = {std::string(trace::kResolves)};
  const auto filter = [&] { return Filter(seccomp_from_trace(trace, docker())); };
  CHECK(filter().error("poll") == 1);
  trace.syscalls[{"x86_64", "connect"}] = {trace::kServing, false};
  CHECK(filter().allows("poll"));
  trace.reachable.emplace();
  CHECK(filter().error("poll") == 1);
  trace.reachable = {"poll"};
  CHECK(filter().allows("poll"));
}
