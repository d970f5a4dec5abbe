// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <nlohmann/json.hpp>

#include "report/phases.hpp"
#include "slim/base/path.hpp"
#include "slim/report/report.hpp"

namespace slim::report {
namespace {

using Json = nlohmann::ordered_json;

Json escaped(const std::vector<std::string>& paths) {
  Json list = Json::array();
  for (const std::string& path : paths) list.push_back(escape_bytes(path));
  return list;
}

Json image(const ImageFacts& facts, bool with_reference) {
  Json json = Json::object();
  if (with_reference) json["reference"] = escape_bytes(facts.reference);
  json["digest"] = facts.digest;
  json["bytes"] = facts.bytes;
  json["layers"] = facts.layers;
  return json;
}

Json ports(const std::vector<PortFacts>& facts) {
  Json list = Json::array();
  for (const PortFacts& port : facts)
    list.push_back({{"port", port.port},
                    {"protocol", port.protocol},
                    {"address", port.address},
                    {"family", port.family},
                    {"process", escape_bytes(port.process)},
                    {"state", port.state},
                    {"in_expose", port.in_expose}});
  return list;
}

Json probes(const std::vector<ProbeGain>& gains) {
  Json list = Json::array();
  for (const ProbeGain& gain : gains)
    list.push_back({{"probe", gain.probe},
                    {"new_files", gain.new_files},
                    {"new_syscalls", gain.new_syscalls},
                    {"files", gain.files},
                    {"syscalls", gain.syscalls}});
  return list;
}

Json confinement(const ConfinementFacts& facts) {
  const auto holds = [](const std::optional<bool>& held) {
    return held ? Json(*held) : Json(nullptr);
  };
  return {{"capabilities", {{"holds", holds(facts.capabilities_hold)},
                            {"needed", facts.capabilities}}},
          {"read_only", {{"holds", holds(facts.read_only_holds)},
                         {"writable", escaped(facts.writable)}}},
          {"no_new_privileges", {{"holds", holds(facts.no_new_privileges_holds)}}},
          {"root", {{"needed", facts.root_needed}, {"reason", facts.root_reason}}}};
}

Json verification(const Report& report) {
  Json details = Json::array();
  for (const Round& round : report.rounds)
    details.push_back({{"passed", round.passed},
                       {"failure", round.failure},
                       {"missing", escaped(round.missing)},
                       {"denied", round.denied},
                       {"log", round.log}});
  Json json = {{"done", report.verify_done}};
  json["passed"] = report.verify_done ? Json(report.verify_passed) : Json(nullptr);
  json["rounds"] = report.rounds.size();
  json["added"] = escaped(report.verify_added);
  json["runtimes"] = report.verify_runtimes;
  json["details"] = std::move(details);
  return json;
}

Json minimisation(const std::optional<MinimizeFacts>& facts) {
  if (!facts) return nullptr;
  return {{"complete", facts->complete},
          {"held", facts->held},
          {"runs", facts->runs},
          {"resumed", facts->resumed},
          {"files", {{"before", facts->files_before}, {"required", facts->files_required}}},
          {"bytes", {{"before", facts->bytes_before}, {"required", facts->bytes_required}}},
          {"syscalls", {{"before", facts->calls_before},
                        {"required", facts->calls_required},
                        {"removed", facts->calls_removed}}}};
}

// Whole milliseconds; the digits after that would only be noise.
Json timings(const Report& report) {
  Json json = Json::object();
  for (const auto& [phase, seconds] : summed(report.timings))
    json[phase] = std::round(seconds * 1000) / 1000;
  return json;
}

}  // namespace

std::string to_json(const Report& report) {
  Json json = {{"schema_version", 1}};
  json["source"] = image(report.source, true);
  json["slim"] = image(report.slim, false);
  json["files"] = {{"kept", report.files_kept},
                   {"removed", report.files_removed},
                   {"kept_bytes", report.kept_bytes},
                   {"removed_bytes", report.removed_bytes},
                   {"by_rules", report.files_by_rules},
                   {"bytes_by_rules", report.bytes_by_rules}};
  json["syscalls"] = {{"count", report.syscalls.size()},
                      {"total", report.syscalls_total},
                      {"argument_rules", report.syscalls_argument_rules},
                      {"after_start", report.syscalls_after_start},
                      {"only_for_runtime", report.syscalls_for_runtime},
                      {"names", report.syscalls}};
  json["ports"] = ports(report.ports);
  json["confinement"] = confinement(report.confinement);
  json["trace"] = {{"backend", report.trace_backend},
                   {"complete", report.trace_complete},
                   {"lost_events", report.lost_events},
                   {"problems", report.trace_problems}};
  json["probes"] = probes(report.probes);
  json["verify"] = verification(report);
  json["minimize"] = minimisation(report.minimize);
  json["timings"] = timings(report);
  json["warnings"] = report.warnings;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace slim::report
