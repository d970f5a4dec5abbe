// SPDX-License-Identifier: Apache-2.0
// What tells from the files of an image whether its code can make a call at all. Only calls are here
// of which that says something: not those that C libraries make for themselves.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string_view>

namespace slim::trace {

// What scripts do that ends in a call.
enum class Deed { any, files, programs };

// Lists are separated by blanks.
struct CallEvidence {
  std::string_view call;
  std::string_view functions;  // of C libraries: a file that makes the call imports one of them
  Deed deed = Deed::any;
  std::string_view words = {};  // a script that makes it names one of these, or one of the deed's
  // Whether code that makes calls without a C library shows by numbers that it cannot make this one. It
  // has more numbers than those of its calls: too weak where evidence is the reason to expect a call.
  bool by_number = true;
};
std::span<const CallEvidence> call_evidence();

// Null for a call of which files tell nothing.
const CallEvidence* evidence_of(std::string_view call);

// Whether the call's number, or one of a call that is named like a function of its, is among those of
// x86-64 code that makes calls without a C library, and tells something.
bool has_number_of(const CallEvidence& call, const std::set<uint32_t>& numbers);

// What stands for all calls of a deed: libraries and settings that do such things for a script.
std::string_view words_of(Deed deed);
// Of the same, what means it only where it is built in: in Perl, Ruby and PHP.
std::string_view built_in_words_of(Deed deed);

// In call_evidence() beside the calls: files are copied, by whatever call; there is a function that
// makes processes; one that makes threads.
inline constexpr std::string_view kCopies = "(copies)";
inline constexpr std::string_view kForks = "(forks)";
inline constexpr std::string_view kThreads = "(makes threads)";
// There is a function that asks for a host's addresses. It connects to a name server and mostly sends it
// two questions at once (sendmmsg) before it waits (poll): the last is of no use without the others.
inline constexpr std::string_view kResolves = "(resolves)";

// In Trace::reachable beside these: scripts of the image's own name what starts programs, connects,
// keeps data in files, or makes a loop that waits for many descriptors.
inline constexpr std::string_view kStarts = "(starts programs)";
inline constexpr std::string_view kConnects = "(connects)";
inline constexpr std::string_view kKeepsFiles = "(keeps files)";
inline constexpr std::string_view kLoops = "(waits in a loop)";
// There is code of which files tell nothing; it may make any call.
inline constexpr std::string_view kUntold = "(untold)";
// Something opens the standard streams by their names.
inline constexpr std::string_view kNamedStreams = "(named streams)";

}  // namespace slim::trace
