// SPDX-License-Identifier: Apache-2.0
// Who and what the image is: the users an engine and the C library look up, the distribution a
// scanner looks up, and the local time. All are small. And the users' homes, as places: a server
// changes into the one of who logs in, or creates files there. What it has for guests is in one, too.
// What was looked for in one home (.forward, .ssh/authorized_keys) is kept in the others.
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
// Of a user's settings.
constexpr uint64_t kLargestSetting = 64u << 10;
// Homes of users that are none of people.
constexpr std::string_view kSystem[] = {"bin", "dev", "etc", "lib", "proc", "run", "sbin", "sys", "usr"};

// passwd(5): NAME:PASSWORD:UID:GID:GECOS:HOME:SHELL, of which some may be empty.
std::string_view home_of(std::string_view line) {
  for (int field = 0; field < 5; ++field) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return {};
    line.remove_prefix(colon + 1);
  }
  return line.substr(0, line.find(':'));
}

// The paths below a directory, from there on, of which the run used or looked for one.
template <typename Paths>
void add_below(const Paths& paths, const std::string& directory, std::set<std::string>& found) {
  const std::string prefix = directory + "/";
  for (auto at = paths.lower_bound(prefix); at != paths.end() && at->first.starts_with(prefix); ++at)
    found.insert(at->first.substr(prefix.size()));
}

void keep_users_settings(Marker& marker, const std::set<std::string>& homes) {
  std::set<std::string> wanted;
  for (const std::string& home : homes) {
    add_below(marker.trace().files, home, wanted);
    add_below(marker.trace().lookups, home, wanted);
  }
  for (const std::string& home : homes) {
    for (const std::string& path : wanted) {
      const rootfs::Resolution found = marker.index().resolve(join_path(home, path));
      if (found.outcome != rootfs::Resolution::Outcome::found) continue;
      if (!is_file(*found.entry) || found.entry->size > kLargestSetting) continue;
      marker.mark_path(join_path(home, path), {"home", path});
    }
  }
}

Result<void> keep_homes(Marker& marker) {
  const rootfs::Resolution users = marker.index().resolve(kUsers);
  if (users.outcome != rootfs::Resolution::Outcome::found) return {};
  const Reason reason{"home", std::string(kUsers)};
  const bool is_server = listens(marker);
  SLIM_TRY(const std::string_view text, marker.text(*users.entry));
  std::set<std::string> homes;
  for (const std::string_view line : lines(text)) {
    const std::string_view path = home_of(line), top = path.substr(0, path.find('/', 1));
    const rootfs::Resolution home = marker.index().resolve(path);
    if (top.size() > 1 && !is_one_of(top.substr(1), kSystem)) homes.emplace(path);
    if (home.outcome != rootfs::Resolution::Outcome::found || !is_directory(*home.entry)) continue;
    marker.mark_path(path, reason);
    if (is_server && home.entry->path.starts_with(kServed))
      keep_directory(marker, *home.entry, true, reason);
  }
  keep_users_settings(marker, homes);
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
