// SPDX-License-Identifier: Apache-2.0
// The one error type of slim.
//
// Fallible functions return Result<T>. A code exists where some caller branches on it (most do so
// only in `cli`, which maps codes to exit statuses). The message says what failed, on what, why and
// what to do about it; every layer that passes an error on may add one line of context. Exceptions
// thrown by libraries are turned into Errors at the edge of the module that uses the library.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace slim {

enum class ErrorCode {
  internal,           // a bug or an unexpected system failure
  usage,              // the command line is wrong
  image,              // the image cannot be read: missing, malformed, hostile, wrong digest
  not_found,          // a file, name or tag that was asked for does not exist
  unsupported,        // known, but this machine or this build cannot do it
  permission,         // the right to do it is missing
  container,          // the container cannot be created, started or run
  not_ready,          // the container never became ready
  probe,              // the probe failed on the original image
  trace_incomplete,   // the trace has losses
  verify,             // the slim image does not do what the original does
  no_space,           // the disk is full
  busy,               // somebody else is using it (output directory, lock)
  io,                 // reading or writing failed
  closed_pipe,        // who reads stdout has gone
  interrupted,        // SIGINT or SIGTERM
};

// Stable lower-case name of a code, for logs and JSON.
std::string_view name(ErrorCode code);

class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

  // Adds one line that says what the caller was doing; outermost last.
  Error&& context(std::string line) && {
    context_.push_back(std::move(line));
    return std::move(*this);
  }
  // Changes the code where a layer knows better what the failure means to the caller.
  Error&& as(ErrorCode code) && {
    code_ = code;
    return std::move(*this);
  }

  // "outermost: inner: message", on one line; of an interruption, amid which nothing failed, the message.
  std::string text() const;

 private:
  ErrorCode code_;
  std::string message_;
  std::vector<std::string> context_;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error(code, std::move(message)));
}

// An Error from errno: "WHAT: No such file or directory". ENOSPC/EDQUOT, EACCES/EPERM and ENOENT
// get their own codes; everything else is `io`.
Error errno_error(std::string what, int error_number = errno);
inline tl::unexpected<Error> fail_errno(std::string what, int error_number = errno) {
  return tl::unexpected<Error>(errno_error(std::move(what), error_number));
}

}  // namespace slim

#define SLIM_CONCAT_(a, b) a##b
#define SLIM_CONCAT(a, b) SLIM_CONCAT_(a, b)

// SLIM_TRY(auto value, may_fail()): declares `value`, or returns the error to the caller.
#define SLIM_TRY(declaration, expression) \
  SLIM_TRY_(SLIM_CONCAT(slim_result_, __LINE__), declaration, expression)
#define SLIM_TRY_(result, declaration, expression)                       \
  auto result = (expression);                                            \
  if (!result) return ::tl::unexpected<::slim::Error>(std::move(result).error()); \
  declaration = std::move(*result)

// SLIM_CHECK(may_fail()): for Result<void>, or where the value is not needed. Names are counted, not
// by line: a lambda among the arguments may check, too.
#define SLIM_CHECK(expression) SLIM_CHECK_(SLIM_CONCAT(slim_check_, __COUNTER__), expression, )
// The same, with a line of context added on the way up.
#define SLIM_CHECK_CONTEXT(expression, line) \
  SLIM_CHECK_(SLIM_CONCAT(slim_check_, __COUNTER__), expression, .context(line))
#define SLIM_CHECK_(result, expression, in_context)                                    \
  do {                                                                                 \
    if (auto result = (expression); !result)                                           \
      return ::tl::unexpected<::slim::Error>(std::move(result).error() in_context);    \
  } while (0)
