// SPDX-License-Identifier: Apache-2.0
#include "keepset/programs.hpp"

#include <algorithm>

#include "keepset/packages.hpp"
#include "keepset/reach.hpp"
#include "keepset/shell_source.hpp"
#include "keepset/text.hpp"
#include "slim/base/interpreter.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

// What shells and libcs search when PATH is not set.
constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool is_program(const Marker& marker, std::string_view path) {
  const rootfs::Resolution found = marker.index().resolve(path);
  return found.outcome == rootfs::Resolution::Outcome::found && is_file(*found.entry) &&
         (found.entry->mode & 0111) != 0;
}

}  // namespace

std::string program_path(const Marker& marker, std::string_view name) {
  if (name.find('/') != std::string_view::npos) {
    return name.starts_with('/') && is_program(marker, name) ? std::string(name) : std::string();
  }
  for (const std::string_view directory :
       split(marker.environment("PATH").value_or(kDefaultPath), ':')) {
    std::string candidate = join_path(directory, name);
    if (is_program(marker, candidate)) return candidate;
  }
  return {};
}

Result<std::string_view> program_bytes(Marker& marker, const IndexEntry& file) {
  const std::string_view name = name_of(file.path);
  if (!is_file(file) || is_shell(name) || is_interpreter(name)) return std::string_view();
  SLIM_TRY(const std::string_view content, marker.content(file));
  return content.starts_with("\x7f" "ELF") ? content : std::string_view();
}

Result<bool> is_of_image(Marker& marker, const IndexEntry& program) {
  if (is_installed(program.path)) return false;
  SLIM_TRY(const auto* packages, PackageDatabase::of(marker));
  return packages->owners(program).empty();
}

EntrySet servers_of(const Marker& marker) {
  EntrySet found;
  for (const trace::SocketUse& use : marker.trace().sockets) {
    if (use.action != trace::SocketAction::listen || is_interpreter(name_of(use.process))) continue;
    const rootfs::Resolution program = marker.index().resolve(use.process);
    if (program.outcome == rootfs::Resolution::Outcome::found && is_file(*program.entry))
      found.insert(program.entry);
  }
  return found;
}

bool listens(const Marker& marker) {
  const auto& sockets = marker.trace().sockets;
  return std::any_of(sockets.begin(), sockets.end(), [](const trace::SocketUse& use) {
    return use.action == trace::SocketAction::listen;
  });
}

}  // namespace slim::keepset
