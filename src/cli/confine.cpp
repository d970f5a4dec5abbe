// SPDX-License-Identifier: Apache-2.0
#include "cli/confine.hpp"

#include <sys/stat.h>

#include "slim/base/path.hpp"
#include "slim/base/text.hpp"
#include "slim/image/file_capabilities.hpp"

namespace slim::cli {

namespace {

bool elevates(const image::Entry& entry) {
  return entry.type == image::EntryType::file &&
         ((entry.mode & (S_ISUID | S_ISGID)) != 0 || entry.xattrs.contains("security.capability"));
}

// As the kernel's own names, CAP_*.
std::vector<std::string> insisted_on(const image::Entry& entry) {
  const auto capabilities = image::file_capabilities(entry);
  if (!capabilities || !capabilities->effective) return {};
  std::vector<std::string> names = capabilities->permitted;
  for (auto& name : names) name = upper_case(name);
  return names;
}

policy::ImageEntry look_up(const rootfs::Index& index, const std::string& path) {
  policy::ImageEntry found;
  const auto resolved = index.resolve(path);
  if (resolved.outcome == rootfs::Resolution::Outcome::found) {
    const auto& entry = *resolved.entry;
    found = {true,
             "/" + entry.path,
             entry.uid,
             entry.gid,
             entry.mode,
             elevates(entry),
             false,
             insisted_on(entry),
             entry.type == image::EntryType::directory};
    return found;
  }
  found.path = path;
  found.dangling = index.resolve(path, false).outcome == rootfs::Resolution::Outcome::found;
  // The last directory that was reached is where the missing rest would be.
  if (resolved.outcome == rootfs::Resolution::Outcome::missing)
    for (const auto* passed : resolved.passed)
      if (passed->type == image::EntryType::directory)
        found.path = join_path("/" + passed->path, resolved.remainder);
  return found;
}

Result<std::string> text_of(const Source& source, const std::string& path) {
  const auto resolved = source.rootfs.index().resolve(path);
  if (resolved.outcome != rootfs::Resolution::Outcome::found ||
      resolved.entry->type != image::EntryType::file)
    return std::string();
  SLIM_TRY(const Fd file, source.rootfs.open_content(*resolved.entry));
  return read_all(file, path);
}

}  // namespace

Result<container::User> user_of(const Options& options, const Source& source) {
  const std::string& wanted = options.run.user;
  SLIM_TRY(const auto passwd, text_of(source, "/etc/passwd"));
  SLIM_TRY(const auto group, text_of(source, "/etc/group"));
  return container::find_user(wanted.empty() ? source.image.config.user : wanted, passwd, group);
}

Result<policy::Confinement> confine(const Options& options, const Source& source,
                                    const trace::Trace& trace,
                                    const std::set<std::string>& commands) {
  policy::ConfinementInput input;
  input.commands = commands;
  const rootfs::Index& index = source.rootfs.index();
  input.image = [&index](const std::string& path) { return look_up(index, path); };
  SLIM_TRY(input.capabilities, container::capabilities(options.run));
  SLIM_TRY(const auto user, user_of(options, source));
  input.uid = user.uid;
  input.volumes = source.image.config.volumes;
  input.own_network = options.run.network != container::Network::host;
  return policy::confinement(trace, input);
}

}  // namespace slim::cli
