// SPDX-License-Identifier: Apache-2.0
#include "cli/tree_json.hpp"

#include <nlohmann/json.hpp>

#include "slim/base/path.hpp"

namespace slim::cli {

namespace {

using nlohmann::json;

Result<void> put(rootfs::Index& index, const std::string& escaped, image::EntryType type,
                 const std::string& target = {}) {
  rootfs::IndexEntry entry;
  SLIM_TRY(entry.path, unescape_bytes(escaped));
  entry.path.erase(0, 1);  // the slash
  SLIM_TRY(entry.target, unescape_bytes(target));
  entry.type = type;
  index.put(std::move(entry));
  return {};
}

}  // namespace

std::string tree_json(const rootfs::Index& index) {
  json document = {
      {"directories", json::array()}, {"links", json::object()}, {"others", json::array()}};
  for (const auto& [path, entry] : index.entries()) {
    const std::string shown = escape_bytes("/" + path);
    if (entry.type == image::EntryType::symlink)
      document["links"][shown] = escape_bytes(entry.target);
    else
      document[entry.type == image::EntryType::directory ? "directories" : "others"].push_back(shown);
  }
  return document.dump(1) + "\n";
}

Result<rootfs::Index> tree_from_json(const std::string& text, const std::string& name) {
  try {
    const json document = json::parse(text);
    rootfs::Index index;
    for (const auto& path : document.at("directories"))
      SLIM_CHECK(put(index, path.get<std::string>(), image::EntryType::directory));
    for (const auto& path : document.at("others"))
      SLIM_CHECK(put(index, path.get<std::string>(), image::EntryType::file));
    for (const auto& [path, target] : document.at("links").items())
      SLIM_CHECK(put(index, path, image::EntryType::symlink, target.get<std::string>()));
    return index;
  } catch (const json::exception& error) {
    return fail(ErrorCode::usage, name + ": not what slim run writes: " + error.what());
  }
}

}  // namespace slim::cli
