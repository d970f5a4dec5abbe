// SPDX-License-Identifier: Apache-2.0
#include "slim/base/error.hpp"

#include <system_error>

namespace slim {

std::string_view name(ErrorCode code) {
  switch (code) {
    case ErrorCode::internal: return "internal";
    case ErrorCode::usage: return "usage";
    case ErrorCode::image: return "image";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::permission: return "permission";
    case ErrorCode::container: return "container";
    case ErrorCode::not_ready: return "not_ready";
    case ErrorCode::probe: return "probe";
    case ErrorCode::trace_incomplete: return "trace_incomplete";
    case ErrorCode::verify: return "verify";
    case ErrorCode::no_space: return "no_space";
    case ErrorCode::busy: return "busy";
    case ErrorCode::io: return "io";
    case ErrorCode::closed_pipe: return "closed_pipe";
    case ErrorCode::interrupted: return "interrupted";
  }
  return "internal";
}

std::string Error::text() const {
  if (code_ == ErrorCode::interrupted) return message_;
  std::string text;
  for (auto line = context_.rbegin(); line != context_.rend(); ++line) text += *line + ": ";
  return text + message_;
}

namespace {

ErrorCode code_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT: return ErrorCode::no_space;
    case EACCES:
    case EPERM: return ErrorCode::permission;
    case ENOENT: return ErrorCode::not_found;
    default: return ErrorCode::io;
  }
}

}  // namespace

Error errno_error(std::string what, int error_number) {
  return Error(code_of(error_number),
               std::move(what) + ": " + std::generic_category().message(error_number));
}

}  // namespace slim
