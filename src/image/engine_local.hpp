// SPDX-License-Identifier: Apache-2.0
// The layers of a Docker engine on this host where they are: overlay2's directories.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "slim/base/digest.hpp"
#include "slim/base/error.hpp"

namespace slim::image {

struct LocalLayers {
  std::string config_json;               // the image's config, byte for byte
  std::vector<std::string> directories;  // base first, one for each diffID
};

// `info` is the engine's /info, `inspected` its /images/NAME/json. The failure of this is never
// fatal: its message says in one line why the layers cannot be used in place.
//
// Nothing that the engine says is taken on trust, because the socket may lead to another host or
// into a container: config and layers are found through the engine's own content-addressed files
// (<root>/image/overlay2/imagedb and layerdb), whose digests are checked against the image ID.
Result<LocalLayers> find_local_layers(const nlohmann::json& info, const nlohmann::json& inspected);

}  // namespace slim::image
