// SPDX-License-Identifier: Apache-2.0
// The one table from error codes to exit statuses (a contract, see README).
#pragma once

#include "slim/base/error.hpp"

namespace slim::cli {

constexpr int kExitVerify = 7;
constexpr int kExitGate = 8;  // what was asked to fail the build was found

constexpr int exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
    case ErrorCode::busy: return 2;
    case ErrorCode::image: return 3;
    case ErrorCode::container:
    case ErrorCode::not_ready:
    case ErrorCode::permission:
    case ErrorCode::unsupported: return 4;
    case ErrorCode::probe: return 5;
    case ErrorCode::trace_incomplete: return 6;
    case ErrorCode::verify: return kExitVerify;
    case ErrorCode::interrupted: return 130;
    case ErrorCode::closed_pipe: return 141;  // as a shell has it of a command that SIGPIPE killed
    case ErrorCode::internal:
    case ErrorCode::not_found:
    case ErrorCode::no_space:
    case ErrorCode::io: return 1;
  }
  return 1;
}

}  // namespace slim::cli
