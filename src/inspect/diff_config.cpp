// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <nlohmann/json.hpp>

#include "slim/base/path.hpp"
#include "slim/inspect/diff.hpp"

namespace slim::inspect {

namespace {

using Fields = std::map<std::string, std::string>;

std::string list_text(const std::vector<std::string>& words) {
  return nlohmann::json(words).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void put(Fields& fields, const std::string& field, const std::string& value) {
  if (!value.empty()) fields[field] = value;
}
void put(Fields& fields, const std::string& field, const std::vector<std::string>& value) {
  if (!value.empty()) fields[field] = list_text(value);
}

std::string health_text(const image::HealthCheck& check) {
  const auto seconds = [](std::chrono::nanoseconds time) {
    return nlohmann::json(std::chrono::duration<double>(time).count()).dump() + "s";
  };
  std::string text = list_text(check.test);
  if (check.interval.count() != 0) text += " interval=" + seconds(check.interval);
  if (check.timeout.count() != 0) text += " timeout=" + seconds(check.timeout);
  if (check.start_period.count() != 0) text += " start-period=" + seconds(check.start_period);
  if (check.retries != 0) text += " retries=" + std::to_string(check.retries);
  return text;
}

// What is unset, empty or null means the same to a container and is left out.
Fields flatten(const image::ImageConfig& config) {
  Fields fields;
  put(fields, "Platform", config.platform.text());
  put(fields, "User", config.user);
  put(fields, "WorkingDir", config.working_dir);
  put(fields, "Entrypoint", config.entrypoint);
  put(fields, "Cmd", config.cmd);
  put(fields, "Shell", config.shell);
  put(fields, "OnBuild", config.on_build);
  put(fields, "StopSignal", config.stop_signal);
  if (config.health_check) put(fields, "Healthcheck", health_text(*config.health_check));
  for (const std::string& variable : config.env) {
    const size_t equals = variable.find('=');
    fields["Env." + variable.substr(0, equals)] =
        equals == std::string::npos ? "" : variable.substr(equals + 1);
  }
  for (const auto& [key, value] : config.labels) fields["Labels." + key] = value;
  for (const image::Port& port : config.exposed_ports) fields["ExposedPorts." + port.text()] = "";
  for (const std::string& volume : config.volumes) fields["Volumes." + volume] = "";
  return fields;
}

}  // namespace

std::vector<ConfigChange> diff_configs(const image::ImageConfig& before,
                                       const image::ImageConfig& after) {
  const Fields a = flatten(before), b = flatten(after);
  std::map<std::string, ConfigChange> changes;
  for (const auto& [field, value] : a) {
    const auto other = b.find(field);
    if (other == b.end()) changes[field] = {field, value, std::nullopt};
    else if (other->second != value) changes[field] = {field, value, other->second};
  }
  for (const auto& [field, value] : b)
    if (!a.contains(field)) changes[field] = {field, std::nullopt, value};
  std::vector<ConfigChange> sorted;
  for (auto& [field, change] : changes) sorted.push_back(std::move(change));
  return sorted;
}

}  // namespace slim::inspect
