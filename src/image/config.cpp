// SPDX-License-Identifier: Apache-2.0
// The image config: OCI image-spec config.md, and Docker's additions to it.
#include <algorithm>
#include <charconv>

#include "image/json.hpp"
#include "slim/base/path.hpp"
#include "slim/image/model.hpp"

namespace slim::image {
namespace {

const std::string kDocument = "image config";

// "80/tcp", "53", and the ranges "8000-8010/tcp" that some builders leave as they were written.
Result<void> add_ports(const std::string& text, std::vector<Port>& ports) {
  const size_t slash = std::min(text.find('/'), text.size());
  const size_t dash = text.find('-');
  const std::string protocol = text.substr(slash);
  const bool range = dash < slash;
  const auto first = Port::parse(text.substr(0, range ? dash : slash) + protocol);
  const auto last = range ? Port::parse(text.substr(dash + 1, slash - dash - 1) + protocol) : first;
  if (!first || !last || last->number < first->number) {
    return fail(ErrorCode::image, kDocument + ": config.ExposedPorts has '" + escape_bytes(text) +
                                      "', which is not a port");
  }
  for (uint32_t number = first->number; number <= last->number; ++number) {
    ports.push_back({static_cast<uint16_t>(number), first->protocol});
  }
  return {};
}

Result<std::vector<Port>> exposed_ports(const JsonFields& config) {
  SLIM_TRY(const auto keys, config.keys("ExposedPorts"));
  std::vector<Port> ports;
  for (const std::string& key : keys) SLIM_CHECK(add_ports(key, ports));
  std::sort(ports.begin(), ports.end());
  ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
  return ports;
}

Result<std::optional<HealthCheck>> health_check(const JsonFields& config) {
  SLIM_TRY(const auto fields, config.object("Healthcheck"));
  if (!fields) return std::optional<HealthCheck>();
  HealthCheck check;
  SLIM_TRY(check.test, fields->strings("Test"));
  SLIM_TRY(const int64_t interval, fields->integer("Interval"));
  SLIM_TRY(const int64_t timeout, fields->integer("Timeout"));
  SLIM_TRY(const int64_t start_period, fields->integer("StartPeriod"));
  SLIM_TRY(const int64_t retries, fields->integer("Retries"));
  if (interval < 0 || timeout < 0 || start_period < 0) {
    return fields->wrong("Interval, Timeout or StartPeriod", "a length of time");
  }
  if (retries < 0 || retries > INT32_MAX) return fields->wrong("Retries", "a count");
  check.interval = std::chrono::nanoseconds(interval);
  check.timeout = std::chrono::nanoseconds(timeout);
  check.start_period = std::chrono::nanoseconds(start_period);
  check.retries = static_cast<int>(retries);
  return std::optional<HealthCheck>(std::move(check));
}

Result<void> read_execution(const JsonFields& config, ImageConfig& result) {
  SLIM_TRY(result.user, config.string("User"));
  SLIM_TRY(result.exposed_ports, exposed_ports(config));
  SLIM_TRY(result.env, config.strings("Env"));
  SLIM_TRY(result.entrypoint, config.strings("Entrypoint"));
  SLIM_TRY(result.cmd, config.strings("Cmd"));
  SLIM_TRY(result.volumes, config.keys("Volumes"));
  SLIM_TRY(result.on_build, config.strings("OnBuild"));
  SLIM_TRY(result.shell, config.strings("Shell"));
  SLIM_TRY(result.working_dir, config.string("WorkingDir"));
  SLIM_TRY(result.labels, config.string_map("Labels"));
  SLIM_TRY(result.stop_signal, config.string("StopSignal"));
  SLIM_TRY(result.health_check, health_check(config));
  return {};
}

// What is handed to execve(2), mount(2) or a file later ends at a NUL; an image that has one hides
// something behind it.
Result<void> refuse_nul(const ImageConfig& config) {
  const auto check = [](const std::string& text, const char* field) -> Result<void> {
    if (text.find('\0') == std::string::npos) return {};
    return fail(ErrorCode::image, kDocument + ": config." + field + " holds a NUL byte");
  };
  SLIM_CHECK(check(config.user, "User"));
  SLIM_CHECK(check(config.working_dir, "WorkingDir"));
  SLIM_CHECK(check(config.stop_signal, "StopSignal"));
  const std::pair<const std::vector<std::string>*, const char*> lists[] = {
      {&config.env, "Env"},         {&config.entrypoint, "Entrypoint"}, {&config.cmd, "Cmd"},
      {&config.volumes, "Volumes"}, {&config.shell, "Shell"},
  };
  for (const auto& [list, field] : lists) {
    for (const std::string& text : *list) SLIM_CHECK(check(text, field));
  }
  if (config.health_check) {
    for (const std::string& text : config.health_check->test) {
      SLIM_CHECK(check(text, "Healthcheck.Test"));
    }
  }
  return {};
}

Result<std::vector<HistoryStep>> read_history(const JsonFields& root) {
  SLIM_TRY(const auto list, root.list("history"));
  std::vector<HistoryStep> steps;
  for (const nlohmann::json* element : list) {
    SLIM_TRY(const JsonFields fields, JsonFields::of(*element, kDocument, "history"));
    HistoryStep step;
    SLIM_TRY(step.created_by, fields.string("created_by"));
    SLIM_TRY(step.comment, fields.string("comment"));
    const nlohmann::json* empty = fields.find("empty_layer");
    step.empty_layer = empty != nullptr && empty->is_boolean() && empty->get<bool>();
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace

bool HealthCheck::runs() const {
  return test.size() >= 2 && (test[0] == "CMD" || test[0] == "CMD-SHELL");
}

Result<ImageConfig> ImageConfig::parse(std::string text) {
  SLIM_TRY(const nlohmann::json document, parse_json(text, kDocument));
  SLIM_TRY(const JsonFields root, JsonFields::of(document, kDocument, ""));
  ImageConfig result;
  SLIM_TRY(std::string os, root.string("os"));
  if (!os.empty()) result.platform.os = std::move(os);
  SLIM_TRY(result.platform.architecture, root.string("architecture"));
  SLIM_TRY(result.platform.variant, root.string("variant"));
  result.platform.use_known_names();
  SLIM_TRY(const auto execution, root.object("config"));
  if (execution) SLIM_CHECK(read_execution(*execution, result));
  SLIM_CHECK(refuse_nul(result));

  SLIM_TRY(const auto rootfs, root.object("rootfs"));
  if (!rootfs) {
    return fail(ErrorCode::image, kDocument + " has no rootfs: this is not a container image");
  }
  SLIM_TRY(const auto diff_ids, rootfs->strings("diff_ids"));
  for (const std::string& diff_id : diff_ids) {
    auto digest = Digest::parse(diff_id);
    if (!digest) {
      return fail(ErrorCode::image, kDocument + ": rootfs.diff_ids has '" +
                                        escape_bytes(diff_id) + "', which is not a digest");
    }
    result.diff_ids.push_back(std::move(*digest));
  }
  SLIM_TRY(result.history, read_history(root));
  result.json = std::move(text);
  return result;
}

}  // namespace slim::image
