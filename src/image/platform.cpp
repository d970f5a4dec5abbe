// SPDX-License-Identifier: Apache-2.0
#include <sys/utsname.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "slim/base/path.hpp"
#include "slim/base/text.hpp"
#include "slim/image/model.hpp"

namespace slim::image {
namespace {

struct MachineName {
  std::string_view machine;  // as uname(2) has it
  std::string_view architecture;
  std::string_view variant;
};
// Go's GOARCH names, and the aliases that containerd and Docker accept on the command line.
constexpr MachineName kMachines[] = {
    {"x86_64", "amd64", ""},       {"x86-64", "amd64", ""},    {"aarch64", "arm64", ""},
    {"armv8l", "arm", "v7"},       {"armv7l", "arm", "v7"},    {"armhf", "arm", "v7"},
    {"armv6l", "arm", "v6"},       {"armel", "arm", "v6"},     {"i386", "386", ""},
    {"i486", "386", ""},           {"i586", "386", ""},        {"i686", "386", ""},
    {"loongarch64", "loong64", ""},
};

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

void Platform::use_known_names() {
  for (const MachineName& known : kMachines) {
    if (architecture != known.machine) continue;
    architecture = known.architecture;
    if (variant.empty()) variant = known.variant;
    return;
  }
}

Platform Platform::host() {
  Platform platform;
  utsname names{};
  // uname(2) fails only for a bad pointer.
  if (uname(&names) == 0) platform.architecture = names.machine;
#if defined(__i386__)
  platform.architecture = "386";  // a 32-bit slim on a 64-bit kernel
#endif
  platform.use_known_names();
  return platform;
}

Result<Platform> Platform::parse(std::string_view text) {
  const auto malformed = [&] {
    return fail(ErrorCode::usage, "'" + escape_bytes(text) +
                                      "' is not a platform; write OS/ARCH[/VARIANT] or ARCH, "
                                      "for example linux/arm64");
  };
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('/', begin), text.size());
    std::string part = lower_case(text.substr(begin, end - begin));
    if (!is_word(part)) return malformed();
    parts.push_back(std::move(part));
    begin = end + 1;
  }
  Platform platform;
  if (parts.size() == 1) {
    if (parts[0] == "linux") {
      platform = host();
    } else {
      platform.architecture = parts[0];
    }
  } else if (parts.size() <= 3) {
    platform.os = parts[0];
    platform.architecture = parts[1];
    if (parts.size() == 3) platform.variant = parts[2];
  } else {
    return malformed();
  }
  platform.use_known_names();
  return platform;
}

std::string Platform::text() const {
  std::string result = os + "/" + architecture;
  if (!variant.empty()) result += "/" + variant;
  return result;
}

Result<Port> Port::parse(std::string_view text) {
  const auto malformed = [&] {
    return fail(ErrorCode::usage, "'" + escape_bytes(text) +
                                      "' is not a port; write NUMBER[/tcp|udp|sctp], with a "
                                      "number from 1 to 65535");
  };
  Port port;
  const size_t slash = text.find('/');
  const std::string_view number = text.substr(0, slash);
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), port.number);
  if (error != std::errc() || end != number.data() + number.size() || port.number == 0) {
    return malformed();
  }
  if (slash != std::string_view::npos) {
    port.protocol = lower_case(text.substr(slash + 1));
    if (port.protocol != "tcp" && port.protocol != "udp" && port.protocol != "sctp") {
      return malformed();
    }
  }
  return port;
}

std::string Port::text() const { return std::to_string(number) + "/" + protocol; }

}  // namespace slim::image
