// SPDX-License-Identifier: Apache-2.0
// Who and what the image is: the users an engine and the C library look up, the distribution a
// scanner looks up, and the local time. All are small.
#include "keepset/rules.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kAlways[] = {
    "/etc/group",          "/etc/hosts",          "/etc/os-release",     "/etc/passwd",
    "/usr/lib/os-release", "/etc/debian_version", "/etc/alpine-release", "/etc/redhat-release"};
constexpr std::string_view kLocalTime[] = {"/etc/localtime", "/etc/timezone"};

}  // namespace

Result<void> identity(Marker& marker) {
  for (const std::string_view path : kAlways) marker.mark_if_there(path, {"identity", ""});
  const Traits& traits = marker.state<Traits>();
  const EntrySet& users = traits.c_library.empty() ? traits.local_time : traits.c_library;
  if (users.empty()) return {};
  const Reason reason{"localtime", absolute((*users.begin())->path)};
  for (const std::string_view path : kLocalTime) marker.mark_if_there(path, reason);
  if (const auto zone = marker.environment("TZ"); zone && !zone->empty()) {
    std::string name(*zone);
    if (name.starts_with(':')) name.erase(0, 1);
    marker.mark_if_there(name.starts_with('/') ? name : join_path("/usr/share/zoneinfo", name),
                         reason);
  }
  return {};
}

}  // namespace slim::keepset::rules
