// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <nlohmann/json.hpp>

#include "slim/base/path.hpp"
#include "slim/policy/confinement.hpp"

namespace slim::policy {
namespace {

using Json = nlohmann::ordered_json;

Json escaped(const std::vector<std::string>& paths) {
  Json list = Json::array();
  for (const auto& path : paths) list.push_back(escape_bytes(path));
  return list;
}

Json writable(const WritablePath& path) {
  Json json = {{"path", escape_bytes(path.path)}, {"kind", name(path.kind)}};
  if (path.uid) json["uid"] = *path.uid;
  if (path.gid) json["gid"] = *path.gid;
  if (path.mode) {
    char text[16];
    std::snprintf(text, sizeof text, "%04o", *path.mode);
    json["mode"] = text;
  }
  json["executable"] = path.executable;
  json["examples"] = escaped(path.examples);
  return json;
}

Json holds(const std::optional<Measures>& proven, bool Measures::*measure) {
  return proven ? Json((*proven).*measure) : Json(nullptr);
}

}  // namespace

std::string to_json(const Confinement& confinement, const std::optional<Measures>& proven) {
  Json needed = Json::array();
  for (const auto& use : confinement.capabilities)
    needed.push_back({{"name", use.name},
                      {"evidence", use.observed ? "observed" : "deduced"},
                      {"reason", use.reason}});
  Json paths = Json::array();
  for (const auto& path : confinement.writable) paths.push_back(writable(path));
  Json json = {{"schema_version", 1}};
  json["capabilities"] = {{"observed", confinement.capabilities_observed},
                          {"needed", std::move(needed)},
                          {"holds", holds(proven, &Measures::capabilities)}};
  json["root"] = {{"needed", confinement.root_needed}, {"reason", confinement.root_reason}};
  json["read_only"] = {{"possible", confinement.possible.read_only},
                       {"writable", std::move(paths)},
                       {"holds", holds(proven, &Measures::read_only)}};
  json["no_new_privileges"] = {{"possible", confinement.possible.no_new_privileges},
                               {"elevating", escaped(confinement.elevating)},
                               {"holds", holds(proven, &Measures::no_new_privileges)}};
  json["notes"] = confinement.notes;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace slim::policy
