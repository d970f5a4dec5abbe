// SPDX-License-Identifier: Apache-2.0
// What every step of the pipeline works with.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "slim/base/interrupt.hpp"
#include "slim/base/text.hpp"
#include "slim/report/terminal.hpp"
#include "slim/rootfs/store.hpp"
#include "slim/verify/exercise.hpp"

namespace slim::cli {

struct Context {
  const Options& options;
  const Interrupt& interrupt;
  report::Terminal& terminal;
  rootfs::Store& store;
  std::vector<verify::ProbeStep> steps{};
  std::vector<verify::StepGain> gains{};  // of the traced run
  verify::Answers answers{};              // of the traced run; what the slim image has to answer
  std::vector<std::string> warnings{};  // for the report; shown as they come, too

  // Once, however many things it is true of.
  void warn(const std::string& line) {
    if (is_one_of(line, warnings)) return;
    terminal.warning(line);
    warnings.push_back(line);
  }
};

// Gives errors of a step the code that decides the exit status, except those that mean the same
// everywhere: interrupted, no space, usage and bugs.
template <typename T>
Result<T> in_step(ErrorCode code, Result<T> result) {
  if (result) return result;
  switch (result.error().code()) {
    case ErrorCode::interrupted:
    case ErrorCode::no_space:
    case ErrorCode::usage:
    case ErrorCode::internal:
    case ErrorCode::busy:
    case ErrorCode::probe:
    case ErrorCode::trace_incomplete: return result;
    default: return tl::unexpected<Error>(Error(result.error()).as(code));
  }
}

}  // namespace slim::cli
