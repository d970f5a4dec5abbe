// SPDX-License-Identifier: Apache-2.0
#include "trace/ptrace/pairing.hpp"

namespace slim::trace {
namespace {

// Stops in a row after which binding pays.
constexpr unsigned kStreak = 8;

bool get_processors(pid_t tid, cpu_set_t& set) {
  // EINVAL on machines with more processors than a cpu_set_t holds: then there is no pairing.
  return ::sched_getaffinity(tid, sizeof set, &set) == 0;
}
bool set_processors(pid_t tid, const cpu_set_t& set) {
  return ::sched_setaffinity(tid, sizeof set, &set) == 0;
}

}  // namespace

void Pairing::stopped(pid_t tid) {
  if (disabled_ || tid == paired_) {
    last_ = tid;
    streak_ = 0;
    return;
  }
  streak_ = tid == last_ ? streak_ + 1 : 1;
  last_ = tid;
  if (streak_ < kStreak) return;
  release();
  pair(tid);
}

void Pairing::pair(pid_t tid) {
  const int processor = ::sched_getcpu();
  if (processor < 0 || processor >= CPU_SETSIZE) return;
  if (!get_processors(0, own_) || !get_processors(tid, theirs_)) return;
  if (!CPU_ISSET(processor, &theirs_) || CPU_COUNT(&theirs_) == 1) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  if (!set_processors(0, one)) return;
  if (!set_processors(tid, one)) {  // without the right to, everything stays as it is
    set_processors(0, own_);
    disabled_ = true;
    return;
  }
  paired_ = tid;
  ever_paired_ = true;
}

void Pairing::born(pid_t tid) const {
  cpu_set_t set;
  // Only the binding can have left it one processor where its creator had more.
  if (ever_paired_ && get_processors(tid, set) && CPU_COUNT(&set) == 1)
    set_processors(tid, theirs_);
}

void Pairing::ended(pid_t tid) {
  if (tid == paired_) release();
  if (tid == last_) last_ = -1;
}

void Pairing::release() {
  streak_ = 0;
  if (paired_ < 0) return;
  set_processors(paired_, theirs_);
  set_processors(0, own_);
  paired_ = -1;
}

void Pairing::disable() {
  release();
  disabled_ = true;
}

}  // namespace slim::trace
