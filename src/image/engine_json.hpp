// SPDX-License-Identifier: Apache-2.0
// What engines answer, read without trust: what is not there or of another type reads as empty.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "image/engine_http.hpp"
#include "slim/image/model.hpp"

namespace slim::image {

// The object that GET PATH gives. Error `not_found` for status 404, with the engine's own words.
Result<nlohmann::json> get_object(const EngineHttp& engine, const std::string& path);

std::string text_at(const nlohmann::json& object, const char* key);
// An empty object if there is none.
const nlohmann::json& object_at(const nlohmann::json& object, const char* key);
// A value of the list of pairs that /info has as DriverStatus.
std::string driver_status(const nlohmann::json& info, std::string_view name);
// Config.ExposedPorts of an inspected image; what is no port is left out.
std::vector<Port> exposed_ports(const nlohmann::json& image);

}  // namespace slim::image
