// SPDX-License-Identifier: Apache-2.0
// YAML 1.2 in block style, of documents built as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace slim::policy {

// `comment` goes to the head, a "# " before each of its lines. Keys keep their order. Strings are
// quoted wherever some reader might take them for something else.
std::string to_yaml(const nlohmann::ordered_json& document, const std::string& comment);

// Every line with "# " before it.
std::string commented(const std::string& lines);

}  // namespace slim::policy
