// SPDX-License-Identifier: Apache-2.0
#include "image/engine_json.hpp"

#include <algorithm>

namespace slim::image {

using Json = nlohmann::json;

Result<Json> get_object(const EngineHttp& engine, const std::string& path) {
  SLIM_TRY(const HttpReply reply, engine.get(path));
  if (reply.status == 404) return fail(ErrorCode::not_found, reply.message());
  if (!reply.ok())
    return fail(ErrorCode::io, "the Docker engine refused " + path + ": " + reply.message());
  Json json = Json::parse(reply.body, nullptr, false);
  if (!json.is_object())
    return fail(ErrorCode::io, "the Docker engine's answer to " + path + " is not a JSON object");
  return json;
}

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const Json& object_at(const Json& object, const char* key) {
  static const Json kEmpty = Json::object();
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : kEmpty;
}

std::string driver_status(const Json& info, std::string_view name) {
  const auto list = info.find("DriverStatus");
  if (list == info.end() || !list->is_array()) return "";
  for (const Json& pair : *list)
    if (pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[0] == name &&
        pair[1].is_string())
      return pair[1].get<std::string>();
  return "";
}

std::vector<Port> exposed_ports(const Json& image) {
  std::vector<Port> ports;
  for (const auto& [text, unused] : object_at(object_at(image, "Config"), "ExposedPorts").items())
    if (const auto port = Port::parse(text)) ports.push_back(*port);
  std::sort(ports.begin(), ports.end());
  return ports;
}

}  // namespace slim::image
