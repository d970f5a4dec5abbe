// SPDX-License-Identifier: Apache-2.0
#include "slim/rootfs/whiteout.hpp"

#include "slim/base/path.hpp"

namespace slim::rootfs {

namespace {

constexpr std::string_view kAufsPrefix = ".wh..wh.";

}  // namespace

Result<Change> classify(std::string_view path) {
  // Nearly every entry of nearly every layer.
  if (!path.starts_with(kWhiteoutPrefix) && path.find("/.wh.") == std::string_view::npos)
    return Change{Change::Kind::put, std::string(path)};

  const auto parent = parent_of(path), name = name_of(path);
  for (const auto part : components(parent)) {
    if (part.starts_with(kAufsPrefix) && part != kOpaqueName)
      return Change{Change::Kind::ignore, std::string(path)};
    if (part.starts_with(kWhiteoutPrefix))
      return fail(ErrorCode::image, "'" + escape_bytes(path) + "' is below a whiteout");
  }
  if (!name.starts_with(kWhiteoutPrefix)) return Change{Change::Kind::put, std::string(path)};
  if (name == kOpaqueName) return Change{Change::Kind::opaque, std::string(parent)};
  if (name.starts_with(kAufsPrefix)) return Change{Change::Kind::ignore, std::string(path)};
  const auto removed = name.substr(kWhiteoutPrefix.size());
  if (removed.empty() || removed == "." || removed == "..")
    return fail(ErrorCode::image, "the whiteout '" + escape_bytes(path) + "' names no file");
  return Change{Change::Kind::remove, join_path(parent, removed)};
}

std::string whiteout_of(std::string_view path) {
  return join_path(parent_of(path), std::string(kWhiteoutPrefix) + std::string(name_of(path)));
}

std::string opaque_of(std::string_view directory) { return join_path(directory, kOpaqueName); }

}  // namespace slim::rootfs
