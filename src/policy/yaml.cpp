// SPDX-License-Identifier: Apache-2.0
#include "policy/yaml.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "slim/base/text.hpp"

namespace slim::policy {
namespace {

using Json = nlohmann::ordered_json;

// Words that YAML 1.1, which many readers still follow, takes for booleans and nulls.
constexpr std::array<std::string_view, 13> kReserved = {
    "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf", ".nan", ".inf"};

bool is_plain(const std::string& text) {
  if (text.empty()) return false;
  if (is_one_of(lower_case(text), kReserved))
    return false;
  const auto first = static_cast<unsigned char>(text[0]);
  if (!std::isalpha(first) && first != '/') return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '/' || c == '.' || c == '_' || c == '-';
  });
}

void emit(YAML::Emitter& out, const Json& value) {
  if (value.is_object() && value.empty()) {
    out << YAML::Flow << YAML::BeginMap << YAML::EndMap;
  } else if (value.is_object()) {
    out << YAML::BeginMap;
    for (const auto& [key, item] : value.items()) {
      out << YAML::Key;
      if (!is_plain(key)) out << YAML::DoubleQuoted;
      out << key << YAML::Value;
      emit(out, item);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginSeq;
    for (const Json& item : value) emit(out, item);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    const auto text = value.get<std::string>();
    if (!is_plain(text)) out << YAML::DoubleQuoted;
    out << text;
  } else if (value.is_null()) {
    out << YAML::Null;
  } else {
    out << value.dump();
  }
}

}  // namespace

std::string commented(const std::string& lines) {
  std::string result;
  for (size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    result += "# " + lines.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return result;
}

std::string to_yaml(const Json& document, const std::string& comment) {
  YAML::Emitter out;
  emit(out, document);
  return commented(comment) + out.c_str() + "\n";
}

}  // namespace slim::policy
