// SPDX-License-Identifier: Apache-2.0
// Who and what the image is: the users an engine and the C library look up, the distribution a
// scanner looks up, and the local time. All are small. And the users' homes, as places: a server
// changes into the one of who logs in, or creates files there. What it has for guests is in one, too.
#include "keepset/programs.hpp"
#include "keepset/rules.hpp"
#include "keepset/settings.hpp"
#include "keepset/text.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kAlways[] = {
    "/etc/group",          "/etc/hosts",          "/etc/os-release",     "/etc/passwd",
    "/usr/lib/os-release", "/etc/debian_version", "/etc/alpine-release", "/etc/redhat-release"};
constexpr std::string_view kLocalTime[] = {"/etc/localtime", "/etc/timezone"};
constexpr std::string_view kUsers = "/etc/passwd";
// Data that is served (FHS, 3.17).
constexpr std::string_view kServed = "srv/";

// passwd(5): NAME:PASSWORD:UID:GID:GECOS:HOME:SHELL, of which some may be empty.
std::string_view home_of(std::string_view line) {
  for (int field = 0; field < 5; ++field) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return {};
    line.remove_prefix(colon + 1);
  }
  return line.substr(0, line.find(':'));
}

Result<void> keep_homes(Marker& marker) {
  const rootfs::Resolution users = marker.index().resolve(kUsers);
  if (users.outcome != rootfs::Resolution::Outcome::found) return {};
  const Reason reason{"home", std::string(kUsers)};
  const bool is_server = listens(marker);
  SLIM_TRY(const std::string_view text, marker.text(*users.entry));
  for (const std::string_view line : lines(text)) {
    const rootfs::Resolution home = marker.index().resolve(home_of(line));
    if (home.outcome != rootfs::Resolution::Outcome::found || !is_directory(*home.entry)) continue;
    marker.mark_path(home_of(line), reason);
    if (is_server && home.entry->path.starts_with(kServed))
      keep_directory(marker, *home.entry, true, reason);
  }
  return {};
}

}  // namespace

Result<void> identity(Marker& marker) {
  for (const std::string_view path : kAlways) marker.mark_if_there(path, {"identity", ""});
  SLIM_CHECK(keep_homes(marker));
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
