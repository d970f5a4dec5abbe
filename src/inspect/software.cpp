// SPDX-License-Identifier: Apache-2.0
// The system, package managers, shells and users of an image.
#include <algorithm>

#include "inspect/content.hpp"
#include "inspect/parts.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::inspect {

using image::EntryType;
using rootfs::IndexEntry;

namespace {

// Databases of packages take some MB; nothing of the kind takes more.
constexpr uint64_t kMaxBytes = 64u << 20;

// The content of the file that a path names in a container; "" if there is none.
Result<std::string> text_of(const Subject& subject, std::string_view path) {
  const auto found = subject.index.resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found ||
      found.entry->type != EntryType::file || found.entry->size > kMaxBytes)
    return std::string();
  SLIM_TRY(const Fd fd, subject.open(*found.entry));
  return read_start(fd, found.entry->size, "'" + escape_bytes(found.entry->path) + "'");
}

std::vector<std::string> programs(const rootfs::Index& index,
                                  std::initializer_list<std::string_view> names) {
  std::vector<std::string> found;
  // With merged directories the same program has two names.
  std::vector<const IndexEntry*> seen;
  for (const auto directory : {"usr/bin", "usr/sbin", "bin", "sbin", "usr/local/bin",
                               "usr/local/sbin", "opt/conda/bin"}) {
    const auto place = index.resolve(directory);
    if (place.outcome != rootfs::Resolution::Outcome::found) continue;
    for (const auto name : names) {
      const IndexEntry* entry = index.find(join_path(place.entry->path, name));
      if (entry == nullptr || is_one_of(entry, seen)) continue;
      const auto target = index.resolve(entry->path);
      if (target.outcome != rootfs::Resolution::Outcome::found ||
          target.entry->type != EntryType::file || (target.entry->mode & 0111) == 0)
        continue;
      seen.push_back(entry);
      found.push_back(entry->path);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string pretty_name(const std::string& os_release) {
  for (const auto line : lines_of(os_release)) {
    if (!line.starts_with("PRETTY_NAME=")) continue;
    auto value = trimmed(line.substr(12));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\''))
      value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

std::vector<User> users_of(const std::string& passwd) {
  std::vector<User> users;
  for (const auto line : lines_of(passwd)) {
    const auto fields = fields_of(line, ':');
    if (fields.size() < 7) continue;
    User user;
    user.name = fields[0];
    user.uid = fields[2];
    user.gid = fields[3];
    user.home = fields[5];
    user.shell = fields[6];
    user.can_log_in = !fields[6].ends_with("nologin") && !fields[6].ends_with("/false") &&
                      !fields[6].ends_with("/sync");
    users.push_back(std::move(user));
  }
  return users;
}

uint64_t count_lines(const std::string& text, std::string_view start) {
  uint64_t count = 0;
  for (const auto line : lines_of(text)) count += line.starts_with(start) ? 1 : 0;
  return count;
}

// dpkg(1): one file, or one a package in status.d (distroless images).
Result<uint64_t> count_dpkg(const Subject& subject) {
  SLIM_TRY(const std::string status, text_of(subject, "var/lib/dpkg/status"));
  uint64_t count = count_lines(status, "Status: install ok installed");
  for (const IndexEntry* entry : subject.index.children("var/lib/dpkg/status.d"))
    if (entry->type == EntryType::file && !entry->path.ends_with(".md5sums")) ++count;
  return count;
}

Result<void> read_packages(const Subject& subject, Software& software) {
  const auto exists = [&](const char* path) { return subject.index.find(path) != nullptr; };
  if (exists("var/lib/dpkg/status") || exists("var/lib/dpkg/status.d")) {
    software.package_database = "dpkg";
    SLIM_TRY(software.packages, count_dpkg(subject));
    return {};
  }
  for (const char* path : {"lib/apk/db/installed", "usr/lib/apk/db/installed"}) {
    if (!exists(path)) continue;
    software.package_database = "apk";
    SLIM_TRY(const std::string text, text_of(subject, path));
    software.packages = count_lines(text, "P:");
    return {};
  }
  for (const char* path : {"var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite",
                           "var/lib/rpm/Packages", "var/lib/rpm/Packages.db"})
    if (exists(path)) software.package_database = "rpm";
  return {};
}

}  // namespace

Result<Software> software_of(const Subject& subject) {
  Software software;
  SLIM_TRY(const std::string os_release, text_of(subject, "etc/os-release"));
  software.system = pretty_name(os_release);
  software.shells = programs(subject.index, {"sh", "bash", "dash", "ash", "zsh", "ksh", "fish",
                                             "csh", "tcsh", "mksh", "busybox", "pwsh"});
  software.managers =
      programs(subject.index, {"apt", "apt-get", "dpkg", "apk", "rpm", "yum", "dnf", "microdnf",
                               "zypper", "pacman", "pip", "pip3", "npm", "yarn", "pnpm", "gem",
                               "composer", "cargo", "conda", "mamba", "uv", "opkg"});
  SLIM_TRY(const std::string passwd, text_of(subject, "etc/passwd"));
  software.users = users_of(passwd);
  SLIM_CHECK(read_packages(subject, software));
  return software;
}

}  // namespace slim::inspect
