// SPDX-License-Identifier: Apache-2.0
#include "slim/report/sarif.hpp"

#include <cctype>
#include <cstdio>
#include <cstring>
#include <map>

#include <nlohmann/json.hpp>

#include "slim/base/digest.hpp"
#include "slim/base/path.hpp"

namespace slim::report {

namespace {

using Json = nlohmann::ordered_json;

// artifactLocation.uri is a URI reference (SARIF 3.4.3, RFC 3986). A colon in the first segment of
// a relative one would be taken for a scheme.
std::string uri_of(const std::string& path) {
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    char text[4];
    std::snprintf(text, sizeof text, "%%%02X", byte);
    const bool plain = std::isalnum(byte) != 0 || std::strchr("-._~/@+", c) != nullptr;
    uri += plain && c != '\0' ? std::string(1, c) : std::string(text);
  }
  return uri;
}

Json rule_json(const SarifRule& rule) {
  return {{"id", rule.id},
          {"shortDescription", {{"text", rule.what}}},
          {"help", {{"text", rule.help}}},
          {"defaultConfiguration", {{"level", rule.level}}}};
}

}  // namespace

std::string to_sarif(const std::string& tool_version, const std::vector<SarifRule>& rules,
                     const std::vector<SarifFinding>& findings) {
  std::map<std::string, size_t> position;
  Json rule_list = Json::array();
  for (const SarifRule& rule : rules) {
    position[rule.id] = rule_list.size();
    rule_list.push_back(rule_json(rule));
  }
  Json results = Json::array();
  for (const SarifFinding& finding : findings) {
    Json location = {{"artifactLocation", {{"uri", uri_of(finding.place)}}}};
    if (finding.line > 0) location["region"] = {{"startLine", finding.line}};
    Json result = {{"ruleId", finding.rule}};
    if (const auto at = position.find(finding.rule); at != position.end())
      result["ruleIndex"] = at->second;
    result["level"] = finding.level;
    result["message"] = {{"text", finding.message}};
    Json where = {{"physicalLocation", std::move(location)}};
    if (!finding.subject.empty())
      where["logicalLocations"] =
          Json::array({{{"fullyQualifiedName", finding.subject}, {"kind", "resource"}}});
    result["locations"] = Json::array({std::move(where)});
    const std::string identity = finding.rule + "\n" + finding.place + "\n" +
                                 (finding.subject.empty() ? finding.message : finding.subject);
    result["partialFingerprints"] = {{"slimFinding/v1", Digest::of(identity).hex}};
    results.push_back(std::move(result));
  }
  Json driver = {{"name", "slim"}, {"version", tool_version}, {"rules", std::move(rule_list)}};
  Json run = {{"tool", {{"driver", std::move(driver)}}}, {"results", std::move(results)}};
  const Json document = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                         {"version", "2.1.0"},
                         {"runs", Json::array({std::move(run)})}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace slim::report
