// SPDX-License-Identifier: Apache-2.0
// Short untraced runs of a slim image with some of it taken away: what --minimize decides by.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "slim/policy/seccomp.hpp"
#include "slim/verify/exercise.hpp"

namespace slim::verify {

struct TrialRequest {
  std::string archive;  // image.tar of the slim image
  ExerciseRequest run;  // options, probe, runtime, store
  // The options with the measures that hold; every other run has them, since the image has to work
  // both ways.
  container::RunOptions confined;
  unsigned repeat = 2;  // runs that have to pass before a trial counts as passed
};

class Trials {
 public:
  // Runs the whole image under `profile` first, which has to work every time: what it answers, how it
  // ends and how long it takes is what later runs are held to. Errors: those of the image and of slim
  // itself; `verify` when the probe cannot be relied on.
  static Result<Trials> open(TrialRequest request, const policy::SeccompProfile& profile,
                             const Interrupt& interrupt);
  Trials(Trials&&) noexcept;
  ~Trials();

  // Whether `repeat` runs (or as many as are given) pass without these paths (what is in a directory
  // before it) and under this profile.
  Result<bool> pass(const std::vector<std::string>& without, const policy::SeccompProfile& profile,
                    unsigned repeat = 0);
  // Containers run so far.
  unsigned runs() const;

 private:
  struct State;
  explicit Trials(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace slim::verify
