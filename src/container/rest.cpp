// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "slim/base/log.hpp"
#include "slim/base/process.hpp"
#include "slim/container/probe.hpp"

namespace slim::container {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Who uses less of one processor than the part `kRest` of it for the time of `kLook` rests.
constexpr milliseconds kLook{500};
constexpr int kRest = 10;
// Some never do.
constexpr seconds kLongest{20};

milliseconds used_by(const std::vector<pid_t>& processes) {
  milliseconds sum{0};
  for (const pid_t pid : processes) sum += processor_time(pid).value_or(milliseconds(0));
  return sum;
}

}  // namespace

Result<void> wait_until_it_rests(const Container& container, const Interrupt& interrupt,
                                 Deadline deadline) {
  const auto members = pid_namespace_of(std::to_string(container.init_pid()));
  if (!members) return {};
  auto last = steady_clock::now() + kLongest;
  if (deadline) last = std::min(last, *deadline);
  for (milliseconds before{-1}; steady_clock::now() < last;) {
    const auto processes = processes_in(*members);
    const milliseconds used = used_by(processes.value_or(std::vector<pid_t>()));
    // It is less if one has ended whose parent does not wait for it: it worked, and is counted no longer.
    if (before >= milliseconds(0) && used >= before && used - before < kLook / kRest) return {};
    before = used;
    SLIM_TRY(const auto ended,
             wait_readable({container.init_pidfd().get()}, interrupt, steady_clock::now() + kLook));
    if (ended) return {};
  }
  logger("container")->debug("it does not rest: its start is taken to be over");
  return {};
}

}  // namespace slim::container
