// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "cli/xray_output.hpp"
#include "slim/base/path.hpp"

namespace slim::cli {

using Json = nlohmann::ordered_json;
using inspect::Xray;

namespace {

std::string shown(const std::string& path) { return "/" + escape_bytes(path); }

template <typename List, typename Function>
Json mapped(const List& list, Function function) {
  Json json = Json::array();
  for (const auto& element : list) json.push_back(function(element));
  return json;
}

Json redacted(const std::vector<std::string>& texts) {
  return mapped(texts, [](const std::string& text) { return inspect::redact(text); });
}

Json sized(const std::vector<inspect::SizedPath>& paths) {
  return mapped(paths, [](const auto& path) {
    return Json{{"path", shown(path.path)}, {"bytes", path.bytes}};
  });
}

Json layers(const Source& source, const Xray& xray) {
  Json list = Json::array();
  for (size_t i = 0; i < xray.story.layers.size(); ++i) {
    const auto& layer = xray.story.layers[i];
    Json json = {{"number", i + 1},
                 {"diff_id", source.image.layers[i].diff_id.text()},
                 {"command", xray.layer_commands[i]},
                 {"bytes", layer.bytes},
                 {"files", layer.files},
                 {"added", layer.added},
                 {"replaced", layer.replaced},
                 {"deleted", layer.deleted},
                 {"wasted_bytes", layer.wasted_bytes}};
    list.push_back(std::move(json));
  }
  return list;
}

Json waste(const Xray& xray) {
  Json files = Json::array();
  for (const auto& file : xray.story.hidden) {
    if (file.bytes == 0) continue;
    files.push_back({{"path", shown(file.path)},
                     {"bytes", file.bytes},
                     {"layer", file.layer + 1},
                     {"hidden_by", file.hidden_by + 1},
                     {"how", file.deleted ? "deleted" : "replaced"}});
  }
  return {{"bytes", xray.story.wasted_bytes()},
          {"efficiency", xray.story.efficiency()},
          {"files", std::move(files)}};
}

Json duplicates(const Xray& xray) {
  Json groups = mapped(xray.duplicates, [](const inspect::Duplicate& duplicate) {
    return Json{{"bytes", duplicate.bytes},
                {"saved_by_links", duplicate.saved_by_links()},
                {"paths", mapped(duplicate.paths, shown)}};
  });
  return {{"saved_by_links", xray.duplicate_bytes}, {"largest", std::move(groups)}};
}

Json secrets(const Xray& xray) {
  Json list = mapped(xray.secrets, [](const inspect::FoundSecret& secret) {
    return Json{{"rule", secret.shape.rule},
                {"what", secret.shape.what},
                {"path", shown(secret.path)},
                {"layer", secret.layer + 1},
                {"hidden_by", secret.hidden_by ? Json(*secret.hidden_by + 1) : Json()}};
  });
  for (const auto& secret : xray.config_secrets)
    list.push_back({{"rule", secret.shape.rule},
                    {"what", secret.shape.what},
                    {"config", escape_bytes(secret.where)}});
  return list;
}

Json software(const inspect::Software& software) {
  Json users = mapped(software.users, [](const inspect::User& user) {
    return Json{{"name", user.name}, {"uid", user.uid},     {"gid", user.gid},
                {"home", user.home}, {"shell", user.shell}, {"can_log_in", user.can_log_in}};
  });
  return {{"system", software.system},
          {"package_database", software.package_database},
          {"packages", software.packages},
          {"managers", mapped(software.managers, shown)},
          {"shells", mapped(software.shells, shown)},
          {"users", std::move(users)}};
}

Json config(const image::ImageConfig& config) {
  Json labels = Json::object();
  for (const auto& [key, value] : config.labels) labels[key] = inspect::redact(value);
  return {{"platform", config.platform.text()},
          {"user", config.user},
          {"entrypoint", redacted(config.entrypoint)},
          {"cmd", redacted(config.cmd)},
          {"working_dir", config.working_dir},
          {"env", redacted(config.env)},
          {"exposed_ports", mapped(config.exposed_ports, [](const auto& port) { return port.text(); })},
          {"volumes", Json(config.volumes)},
          {"stop_signal", config.stop_signal},
          {"healthcheck", config.health_check ? redacted(config.health_check->test) : Json()},
          {"labels", std::move(labels)}};
}

}  // namespace

std::string xray_json(const std::string& reference, const Source& source, const Xray& xray) {
  Json document = {{"schema_version", 1}};
  document["image"] = {{"reference", escape_bytes(reference)},
                       {"digest", source.image.digest.text()},
                       {"bytes", xray.story.bytes()},
                       {"file_bytes", xray.file_bytes},
                       {"files", xray.files},
                       {"directories", xray.directories},
                       {"symlinks", xray.links}};
  document["layers"] = layers(source, xray);
  document["waste"] = waste(xray);
  document["largest_files"] = sized(xray.largest_files);
  document["largest_directories"] = sized(xray.largest_directories);
  document["duplicates"] = duplicates(xray);
  document["special_files"] = mapped(xray.special, [](const inspect::SpecialFile& file) {
    return Json{{"kind", name(file.kind)}, {"path", shown(file.path)}, {"detail", file.detail}};
  });
  document["secrets"] = secrets(xray);
  document["software"] = software(xray.software);
  document["config"] = config(source.image.config);
  document["steps"] = mapped(xray.steps, [](const inspect::Step& step) {
    return Json{{"instruction", step.instruction},
                {"text", step.text},
                {"layer", step.layer < 0 ? Json() : Json(step.layer + 1)}};
  });
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace slim::cli
