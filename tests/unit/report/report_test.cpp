// SPDX-License-Identifier: Apache-2.0
#include "slim/report/report.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "report/format.hpp"

using namespace slim::report;
using Json = nlohmann::json;

namespace {

Report example() {
  Report report;
  report.source = {"oci-archive:flask.tar", "sha256:aa", 749'500'000, 4};
  report.slim = {"", "sha256:bb", 27'100'000, 1};
  report.files_kept = 812;
  report.files_removed = 19'302;
  report.kept_bytes = 27'100'000;
  report.removed_bytes = 722'400'000;
  report.files_by_rules = 301;
  report.bytes_by_rules = 1'050'000;
  report.syscalls_total = 373;
  report.syscalls = {"close", "read", "write"};
  report.syscalls_for_runtime = {"close"};
  report.ports = {{5000, "tcp", "0.0.0.0", "inet", "/usr/bin/python3.11", "used", true,
                   "/usr/bin/gunicorn"},
                  {9090, "tcp", "", "", "", "exposed-unused", true}};
  report.trace_backend = "ebpf";
  report.trace_complete = true;
  report.verify_done = true;
  report.verify_passed = true;
  report.rounds = {{false, "curl: 22", {"/etc/caf\xe9"}, {"statx"}}, {true, "", {}, {}}};
  report.verify_runtimes = {"runc 1.1.5", "crun 1.8.1"};
  report.verify_added = {"/etc/caf\xe9"};
  report.timings = {{"unpack", 1.2345}, {"verify", 0.5}, {"verify", 0.25}};
  report.output_directory = "slim-out/flask";
  return report;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string without_colours(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), "");
}

}  // namespace

TEST_CASE("report.json keeps the contract's names") {
  const Json json = Json::parse(to_json(example()));
  CHECK(json["schema_version"] == 1);
  CHECK(json["source"] == Json({{"reference", "oci-archive:flask.tar"},
                                {"digest", "sha256:aa"},
                                {"bytes", 749'500'000},
                                {"layers", 4}}));
  CHECK(json["slim"] == Json({{"digest", "sha256:bb"}, {"bytes", 27'100'000}, {"layers", 1}}));
  CHECK(json["files"] == Json({{"kept", 812},
                               {"removed", 19'302},
                               {"kept_bytes", 27'100'000},
                               {"removed_bytes", 722'400'000},
                               {"by_rules", 301},
                               {"bytes_by_rules", 1'050'000}}));
  CHECK(json["syscalls"]["count"] == 3);
  CHECK(json["syscalls"]["total"] == 373);
  CHECK(json["syscalls"]["only_for_runtime"] == Json({"close"}));
  CHECK(json["syscalls"]["names"] == Json({"close", "read", "write"}));
  CHECK(json["ports"][0] == Json({{"port", 5000},
                                  {"protocol", "tcp"},
                                  {"address", "0.0.0.0"},
                                  {"family", "inet"},
                                  {"process", "/usr/bin/python3.11"},
                                  {"state", "used"},
                                  {"in_expose", true}}));
  CHECK(json["trace"]["backend"] == "ebpf");
  CHECK(json["trace"]["complete"] == true);
  CHECK(json["trace"]["lost_events"] == 0);
  CHECK(json["verify"]["passed"] == true);
  CHECK(json["verify"]["rounds"] == 2);
  CHECK(json["verify"]["runtimes"] == Json({"runc 1.1.5", "crun 1.8.1"}));
  // Paths are bytes: this one is no UTF-8.
  CHECK(json["verify"]["added"] == Json({"/etc/caf\\xe9"}));
  CHECK(json["verify"]["details"][0]["missing"] == Json({"/etc/caf\\xe9"}));
  CHECK(json["verify"]["details"][0]["denied"] == Json({"statx"}));
  CHECK(json["timings"] == Json({{"unpack", 1.235}, {"verify", 0.75}}));
}

TEST_CASE("What was not verified is neither passed nor failed") {
  Report report = example();
  report.verify_done = false;
  report.verify_passed = false;
  report.rounds.clear();
  const Json json = Json::parse(to_json(report));
  CHECK(json["verify"]["passed"].is_null());
  CHECK(json["verify"]["rounds"] == 0);
  CHECK(table(report, false, 80).find("nothing is proven") != std::string::npos);
}

TEST_CASE("Text that is not UTF-8 still gives JSON") {
  Report report = example();
  report.rounds[0].failure = "log: \xff\xfe";
  report.warnings = {"\xc3"};
  CHECK_NOTHROW(Json::parse(to_json(report)));
}

TEST_CASE("An empty report is complete JSON and a table") {
  const Json json = Json::parse(to_json(Report{}));
  CHECK(json["timings"].is_object());
  CHECK(json["ports"].is_array());
  CHECK(json["syscalls"]["count"] == 0);
  CHECK(!table(Report{}, false, 80).empty());
}

TEST_CASE("The table says what matters") {
  const std::string text = table(example(), false, 80);
  CHECK(text.find("749.5 MB ->    27.1 MB   27.7 times smaller") != std::string::npos);
  CHECK(text.find("20,114 ->        812   19,302 removed, 722.4 MB") != std::string::npos);
  CHECK(text.find("301 of them (1.1 MB) unused, kept by rules") != std::string::npos);
  CHECK(text.find("373 ->          3   370 forbidden (99 %)") != std::string::npos);
  CHECK(text.find("5000/tcp   0.0.0.0         used, gunicorn") != std::string::npos);
  CHECK(text.find("9090/tcp   exposed but not used: dropped") != std::string::npos);
  CHECK(text.find("ebpf, complete") != std::string::npos);
  CHECK(text.find("yes: the slim image passed under its own profile, in 2 rounds") !=
        std::string::npos);
  CHECK(text.find("with runc 1.1.5 and crun 1.8.1") != std::string::npos);
  CHECK(text.find("total       1.98 s") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("A failure names the reason, the files and the calls") {
  Report report = example();
  report.verify_passed = false;
  report.rounds = {{false, "the probe ended with exit status 22", {"/a", "/b"}, {"statx"}}};
  report.trace_complete = false;
  report.lost_events = 12'345;
  const std::string text = table(report, false, 80);
  CHECK(text.find("NO, after 1 round: the probe ended with exit status 22") != std::string::npos);
  CHECK(text.find("missing    /a\n") != std::string::npos);
  CHECK(text.find("denied     statx\n") != std::string::npos);
  CHECK(text.find("INCOMPLETE, 12,345 events lost") != std::string::npos);
}

TEST_CASE("An image that grew is not called smaller") {
  Report report = example();
  report.slim.bytes = 1'499'000'000;
  const std::string text = table(report, false, 80);
  CHECK(text.find("smaller") == std::string::npos);
  CHECK(text.find("2.00 times the size") != std::string::npos);
}

TEST_CASE("No line of the table is longer than the terminal is wide") {
  Report report = example();
  report.source.reference = "docker://registry.example/" + std::string(200, 'a');
  report.warnings = {std::string(300, 'w') + " and some words",
                     "caf\xc3\xa9 " + std::string(90, 'x')};
  report.verify_passed = false;
  report.rounds[1].failure = "it answered \x1b[2J" + std::string(200, '!');
  report.rounds[1].missing.assign(50, "/" + std::string(150, 'p'));
  report.trace_complete = false;
  report.trace_problems = {std::string(120, 't')};
  report.timings.push_back({std::string(60, 'n'), 4000.0});
  const unsigned width = GENERATE(40u, 60u, 80u, 120u);
  const std::string plain = table(report, false, width);
  for (const std::string& line : lines_of(plain)) {
    INFO(line);
    CHECK(columns(line) <= width);
  }
  CHECK(plain.find('\x1b') == std::string::npos);
  CHECK(plain.find("more, in report.json") != std::string::npos);
  // Colours change nothing but colours.
  CHECK(without_colours(table(report, true, width)) == plain);
}
