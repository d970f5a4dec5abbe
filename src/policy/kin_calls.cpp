// SPDX-License-Identifier: Apache-2.0
#include "policy/kin_calls.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace slim::policy {
namespace {

// These always succeed, says POSIX, so no program looks for an error: refused, they would make it
// user 4294967295, or process -1, to which kill() is "everybody".
constexpr std::string_view kNeverFail[] = {"getegid", "geteuid", "getgid",
                                           "getpid",  "gettid",  "getuid"};

// Which of these a program calls depends on its input (a large answer, a file instead of text, a lock
// that is taken), not on what it is for; none gives a power that those seen do not.
struct Kin {
  std::array<std::string_view, 5> any_of;
  std::array<std::string_view, 5> and_any_of;  // empty: nothing more is asked
  std::array<std::string_view, 5> also;
};
constexpr Kin kKin[] = {
    // fdopendir() of a copy, as Java does it
    {{"getdents", "getdents64"}, {}, {"dup"}},
    {{"epoll_pwait", "epoll_wait", "ppoll", "pselect6", "select"}, {}, {"poll"}},
    // A file is answered with instead of text.
    {{"accept", "accept4"}, {}, {"sendfile"}},
    // Who connects may have to resolve a name first, which the C library does with all of these.
    {{"connect", "recvfrom", "recvmsg", "sendmsg", "sendto"},
     {},
     {"recvfrom", "recvmsg", "sendmsg", "sendto", "writev"}},
    {{"connect"}, {}, {"poll"}},
    // What a server with processes or threads of its own does sooner or later: wait for descriptors,
    // back off when a lock is taken, close one direction of a connection. Refused, they turn into busy
    // loops or lost answers.
    {{"listen"},
     {"clone", "clone3", "fork", "vfork"},
     {"clock_nanosleep", "poll", "pselect6", "shutdown"}},
    // What made a directory takes it away again (a database that is dropped at a later start).
    {{"mkdir"}, {}, {"rmdir"}},
    {{"mkdirat"}, {}, {"unlinkat"}},
    // The owner of a file that is open, or of one that is not.
    {{"fchown"}, {}, {"chown"}},
    // Who gives users sessions (a login) gives them a terminal, too, when they ask for one.
    {{"setsid"}, {"setresuid", "setreuid", "setuid"}, {"chown"}},
};

}  // namespace

std::set<std::string> kin_of(const std::set<std::string>& seen) {
  const auto any = [&](const auto& names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return !name.empty() && seen.contains(std::string(name));
    });
  };
  std::set<std::string> kin(std::begin(kNeverFail), std::end(kNeverFail));
  for (const Kin& group : kKin)
    if (any(group.any_of) && (group.and_any_of[0].empty() || any(group.and_any_of)))
      for (const std::string_view name : group.also)
        if (!name.empty()) kin.emplace(name);
  return kin;
}

}  // namespace slim::policy
