// SPDX-License-Identifier: Apache-2.0
#include "container/limits.hpp"

#include <sys/capability.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace slim::container {

namespace {

struct LimitName {
  const char* option;
  const char* type;
  int resource;
};

constexpr std::array kLimits = {
    LimitName{"as", "RLIMIT_AS", RLIMIT_AS},
    LimitName{"core", "RLIMIT_CORE", RLIMIT_CORE},
    LimitName{"cpu", "RLIMIT_CPU", RLIMIT_CPU},
    LimitName{"data", "RLIMIT_DATA", RLIMIT_DATA},
    LimitName{"fsize", "RLIMIT_FSIZE", RLIMIT_FSIZE},
    LimitName{"locks", "RLIMIT_LOCKS", RLIMIT_LOCKS},
    LimitName{"memlock", "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    LimitName{"msgqueue", "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    LimitName{"nice", "RLIMIT_NICE", RLIMIT_NICE},
    LimitName{"nofile", "RLIMIT_NOFILE", RLIMIT_NOFILE},
    LimitName{"nproc", "RLIMIT_NPROC", RLIMIT_NPROC},
    LimitName{"rss", "RLIMIT_RSS", RLIMIT_RSS},
    LimitName{"rtprio", "RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    LimitName{"rttime", "RLIMIT_RTTIME", RLIMIT_RTTIME},
    LimitName{"sigpending", "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    LimitName{"stack", "RLIMIT_STACK", RLIMIT_STACK},
};

std::optional<uint64_t> limit_value(std::string_view text) {
  if (text == "-1" || text == "unlimited") return RLIM_INFINITY;
  uint64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

bool may_raise_limits() {
  const cap_t own = ::cap_get_proc();
  cap_flag_value_t value = CAP_CLEAR;
  if (own != nullptr) ::cap_get_flag(own, CAP_SYS_RESOURCE, CAP_EFFECTIVE, &value);
  ::cap_free(own);
  return value == CAP_SET;
}

std::string limit_text(uint64_t value) {
  return value == RLIM_INFINITY ? "unlimited" : std::to_string(value);
}

void lower_to_own(const std::string& option, Limit& limit, std::vector<std::string>& notes) {
  const auto known = std::find_if(kLimits.begin(), kLimits.end(),
                                  [&](const auto& name) { return name.type == limit.type; });
  rlimit own;
  if (::getrlimit(static_cast<__rlimit_resource>(known->resource), &own) != 0) return;
  if (limit.hard <= own.rlim_max) return;
  limit.hard = own.rlim_max;
  limit.soft = std::min<uint64_t>(limit.soft, limit.hard);
  notes.push_back("--ulimit " + option + " is lowered to " + limit_text(limit.hard) +
                  ": the host's hard limit, which cannot be raised without CAP_SYS_RESOURCE");
}

}  // namespace

Result<uint64_t> parse_size(std::string_view text, const std::string& option) {
  const auto bad = [&] {
    return fail(ErrorCode::usage, option + ": '" + std::string(text) +
                                      "' is not a size: a number and one of b, k, m, g, t");
  };
  double value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] =
      std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || value < 0) return bad();
  std::string unit(stop, end);
  for (char& c : unit) c = static_cast<char>(c | 0x20);
  if (unit.starts_with(' ')) unit.erase(0, 1);
  constexpr std::string_view kUnits = "bkmgtp";
  int power = 0;
  if (!unit.empty()) {
    const auto place = kUnits.find(unit[0]);
    const std::string_view rest = std::string_view(unit).substr(1);
    const bool suffix_ok = rest.empty() || (place != 0 && (rest == "b" || rest == "ib"));
    if (place == std::string_view::npos || !suffix_ok) return bad();
    power = static_cast<int>(place);
  }
  value *= std::pow(1024.0, power);
  if (!(value < 9.2e18)) return bad();
  return static_cast<uint64_t>(value);
}

Result<Limit> parse_ulimit(const std::string& text) {
  const auto equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const auto known = std::find_if(kLimits.begin(), kLimits.end(),
                                  [&](const auto& limit) { return limit.option == name; });
  if (equals == std::string::npos || known == kLimits.end())
    return fail(ErrorCode::usage,
                "--ulimit: '" + text + "' is not TYPE=SOFT[:HARD] of a known type");
  const std::string_view values = std::string_view(text).substr(equals + 1);
  const auto colon = values.find(':');
  const auto soft = limit_value(values.substr(0, colon));
  const auto hard = colon == std::string_view::npos ? soft : limit_value(values.substr(colon + 1));
  if (!soft || !hard)
    return fail(ErrorCode::usage, "--ulimit: '" + text + "' has a limit that is not a number");
  if (*soft > *hard)
    return fail(ErrorCode::usage, "--ulimit: '" + text + "' has a soft limit above its hard one");
  return Limit{known->type, *soft, *hard};
}

Result<std::vector<Limit>> usable_limits(const std::vector<std::string>& ulimits,
                                         std::vector<std::string>& notes) {
  std::vector<Limit> limits;
  const bool may_raise = may_raise_limits();
  for (const auto& text : ulimits) {
    SLIM_TRY(Limit limit, parse_ulimit(text));
    if (!may_raise) lower_to_own(text, limit, notes);
    // The last of a type counts.
    std::erase_if(limits, [&](const auto& other) { return other.type == limit.type; });
    limits.push_back(std::move(limit));
  }
  return limits;
}

}  // namespace slim::container
