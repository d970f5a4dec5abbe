// SPDX-License-Identifier: Apache-2.0
#include "slim/report/sarif.hpp"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

using namespace slim::report;

TEST_CASE("SARIF 2.1.0: rules, results that point to them, and stable fingerprints", "[sarif]") {
  const std::vector<SarifRule> rules = {{"first", "One.", "Do one.", "note"},
                                        {"second", "Two.", "Do two.", "warning"}};
  std::vector<SarifFinding> findings = {
      {"second", "warning", "80/tcp is odd", "oci:dir with space:1", 0, "80/tcp"},
      {"first", "note", "line", "Dockerfile", 7}};
  const auto parsed = [&] { return nlohmann::json::parse(to_sarif("1.2.3", rules, findings)); };
  const auto json = parsed();
  CHECK(json["version"] == "2.1.0");
  const auto& driver = json["runs"][0]["tool"]["driver"];
  CHECK(driver["name"] == "slim");
  CHECK(driver["version"] == "1.2.3");
  CHECK(driver["rules"][1]["id"] == "second");
  CHECK(driver["rules"][0]["defaultConfiguration"]["level"] == "note");
  const auto& results = json["runs"][0]["results"];
  REQUIRE(results.size() == 2);
  CHECK(results[0]["ruleId"] == "second");
  CHECK(results[0]["ruleIndex"] == 1);
  CHECK(results[0]["message"]["text"] == "80/tcp is odd");
  const auto& place = results[0]["locations"][0];
  CHECK(place["physicalLocation"]["artifactLocation"]["uri"] == "oci%3Adir%20with%20space%3A1");
  CHECK(place["logicalLocations"][0]["fullyQualifiedName"] == "80/tcp");
  CHECK_FALSE(place["physicalLocation"].contains("region"));
  CHECK(results[1]["locations"][0]["physicalLocation"]["region"]["startLine"] == 7);
  CHECK_FALSE(results[1]["locations"][0].contains("logicalLocations"));
  // sha256 of "second\noci:dir with space:1\n80/tcp" and "first\nDockerfile\nline", by sha256sum.
  CHECK(results[0]["partialFingerprints"]["slimFinding/v1"] ==
        "8e5cfed52512a3c3a6f9698c946f2602e6229703dd3ff20e5f52ab575cedb9e1");
  CHECK(results[1]["partialFingerprints"]["slimFinding/v1"] ==
        "b1e13897d4a5ea9a4a651469c057d6446e2d868ac15ae6407494d451b016922d");

  findings[0].message = "said otherwise";
  findings[1].line = 8;
  const auto later = parsed()["runs"][0]["results"];
  CHECK(later[0]["partialFingerprints"] == results[0]["partialFingerprints"]);
  CHECK(later[1]["partialFingerprints"] == results[1]["partialFingerprints"]);
  findings.clear();
  CHECK(parsed()["runs"][0]["results"].is_array());
}
