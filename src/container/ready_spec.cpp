// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cmath>
#include <regex>

#include "slim/base/path.hpp"
#include "slim/container/readiness.hpp"

namespace slim::container {

namespace {

using Kind = ReadySpec::Kind;

tl::unexpected<Error> bad(std::string_view text, const std::string& why) {
  return fail(ErrorCode::usage, "--ready: '" + escape_bytes(text) + "' " + why);
}

Result<ReadySpec> parse_port(std::string_view text, std::string_view rest) {
  ReadySpec spec{Kind::port, 0, {}, {}};
  const auto end = rest.data() + rest.size();
  const auto [stop, error] = std::from_chars(rest.data(), end, spec.port);
  if (rest.empty() || error != std::errc() || stop != end || spec.port == 0)
    return bad(text, "has no port from 1 to 65535");
  return spec;
}

// "http:http://localhost/x", "http:localhost/x", and plain "http://localhost/x".
Result<ReadySpec> parse_http(std::string_view text, std::string_view rest) {
  std::string url(rest.starts_with("//") ? text : rest);
  if (!url.empty() && url.find("://") == std::string::npos) url.insert(0, "http://");
  const auto scheme = url.find("://");
  if (scheme == std::string::npos || scheme + 3 == url.size() || url[scheme + 3] == '/' ||
      (url.substr(0, scheme) != "http" && url.substr(0, scheme) != "https"))
    return bad(text, "has no URL like http://localhost:8080/");
  return ReadySpec{Kind::http, 0, url, {}};
}

Result<ReadySpec> parse_log(std::string_view text, std::string_view rest) {
  if (rest.empty()) return bad(text, "has no regular expression");
  try {
    const std::regex check(rest.begin(), rest.end());
  } catch (const std::regex_error& error) {
    return bad(text, std::string("is not a regular expression: ") + error.what());
  }
  return ReadySpec{Kind::log, 0, std::string(rest), {}};
}

Result<ReadySpec> parse_delay(std::string_view text, std::string_view rest) {
  double seconds = 0;
  if (rest.ends_with('s')) rest.remove_suffix(1);
  const auto end = rest.data() + rest.size();
  const auto [stop, error] = std::from_chars(rest.data(), end, seconds, std::chars_format::fixed);
  if (rest.empty() || error != std::errc() || stop != end || !(seconds >= 0 && seconds <= 86400))
    return bad(text, "has no number of seconds up to 86400");
  return ReadySpec{Kind::delay, 0, {}, std::chrono::milliseconds(std::llround(seconds * 1000))};
}

}  // namespace

Result<ReadySpec> ReadySpec::parse(std::string_view text) {
  const auto colon = text.find(':');
  const auto word = text.substr(0, colon);
  const bool alone = colon == std::string_view::npos;
  const auto rest = alone ? std::string_view() : text.substr(colon + 1);
  if (alone && word == "auto") return ReadySpec{};
  if (alone && word == "healthcheck") return ReadySpec{Kind::healthcheck, 0, {}, {}};
  if (alone && word == "exit") return ReadySpec{Kind::exit, 0, {}, {}};
  if (!alone && word == "port") return parse_port(text, rest);
  if (!alone && (word == "http" || word == "https")) return parse_http(text, rest);
  if (!alone && word == "log") return parse_log(text, rest);
  if (!alone && word == "delay") return parse_delay(text, rest);
  return bad(text,
             "is none of auto, port:N, http:URL, log:REGEX, healthcheck, delay:SECONDS, exit");
}

}  // namespace slim::container
