// SPDX-License-Identifier: Apache-2.0
// Delta debugging (Zeller and Hildebrandt 2002, hierarchical as by Misherghi and Su 2006): which of
// the parts of something that works can be taken away so that it still works. Pure: what is tried,
// and how, is the caller's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "slim/base/error.hpp"

namespace slim::verify {

// One thing that may be taken away, by itself or with those that share its groups, which are named
// from the outside in: what is likely to go together is tried together.
struct Part {
  std::string name;
  std::vector<std::string> groups;
};

enum class Verdict {
  undecided,  // not tried alone; stays
  needed,     // does not work without it, given what else was taken away
  removed,
};

struct Reduction {
  std::vector<Verdict> verdicts;  // in the order of the parts
  // Every part that stays was tried alone after the last removal, and is needed: the result is
  // 1-minimal. False when time ran out.
  bool complete = false;
};

struct ReduceRequest {
  std::vector<Part> parts;
  // From an earlier, unfinished reduction; empty: none. Removals are tried again before they count.
  std::vector<Verdict> known;
  // Whether it works without the parts marked true. Deterministic as far as the caller can see to
  // it; asked only once about the same set if it does not.
  std::function<Result<bool>(const std::vector<bool>& without)> works;
  std::function<bool()> out_of_time = [] { return false; };
  // Told after each decision, with everything decided so far.
  std::function<Result<void>(const Reduction&)> decided = [](const Reduction&) {
    return Result<void>();
  };
};

// Everything is taken to work with all parts in place. Errors: those of `works` and `decided`.
Result<Reduction> reduce(const ReduceRequest& request);

}  // namespace slim::verify
