// SPDX-License-Identifier: Apache-2.0
#include "container/signals.hpp"

#include <signal.h>
#include <string.h>

#include <charconv>
#include <optional>

#include "slim/base/path.hpp"

namespace slim::container {

namespace {

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

Result<int> parse_signal(const std::string& text) {
  std::string name = text;
  for (char& c : name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (name.starts_with("SIG")) name.erase(0, 3);
  std::optional<int> number = whole_number(name);
  for (int candidate = 1; !number && candidate < SIGRTMIN; ++candidate) {
    const char* abbreviation = ::sigabbrev_np(candidate);
    if (abbreviation != nullptr && name == abbreviation) number = candidate;
  }
  if (name == "RTMIN") number = SIGRTMIN;
  if (name == "RTMAX") number = SIGRTMAX;
  if (name.starts_with("RTMIN+"))
    if (const auto offset = whole_number(std::string_view(name).substr(6)))
      number = SIGRTMIN + *offset;
  if (name.starts_with("RTMAX-"))
    if (const auto offset = whole_number(std::string_view(name).substr(6)))
      number = SIGRTMAX - *offset;
  if (!number || *number < 1 || *number > SIGRTMAX)
    return fail(ErrorCode::usage, "'" + escape_bytes(text) + "' is not a signal");
  return *number;
}

}  // namespace slim::container
