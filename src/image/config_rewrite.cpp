// SPDX-License-Identifier: Apache-2.0
#include "image/config_rewrite.hpp"

#include <ctime>

#include <nlohmann/json.hpp>

namespace slim::image {
namespace {

using Json = nlohmann::ordered_json;  // keeps the source's order of fields

// Where Docker's own fields speak of the build of the source image, or of its v1 layer chain.
constexpr const char* kFieldsOfTheSource[] = {
    "container", "container_config", "docker_version",         "id",       "parent", "parent_id",
    "layer_id",  "throwaway",        "moby.buildkit.cache.v0", "checksum", "Size",   "size"};

Result<std::string> rfc3339(int64_t seconds) {
  const time_t time = seconds;
  tm parts{};
  char text[64];
  if (!gmtime_r(&time, &parts) || parts.tm_year > 9999 - 1900 || parts.tm_year < -1900 ||
      strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
    return fail(ErrorCode::usage,
                "the image's time of creation is out of range: " + std::to_string(seconds));
  // %Y does not pad to the four digits RFC 3339 asks for.
  std::string padded(text);
  padded.insert(0, 20 - std::min<size_t>(20, padded.size()), '0');
  return padded;
}

// A set as Go marshals map[string]struct{}.
template <typename Range, typename Text>
void replace_set(Json& object, const char* key, const Range& values, Text text) {
  if (values.empty()) {
    object.erase(key);
    return;
  }
  Json set = Json::object();
  for (const auto& value : values) set[text(value)] = Json::object();
  object[key] = std::move(set);
}

void replace_list(Json& object, const char* key,
                  const std::optional<std::vector<std::string>>& values) {
  if (!values) return;
  if (values->empty())
    object.erase(key);
  else
    object[key] = *values;
}

Result<Json> object_at(const Json& document, const char* key) {
  const auto found = document.find(key);
  if (found == document.end() || found->is_null()) return Json::object();
  if (!found->is_object())
    return fail(ErrorCode::image,
                std::string("the image config's \"") + key + "\" is not a JSON object");
  return *found;
}

Result<Json> run_config(const Json& document, const ConfigChanges& changes) {
  SLIM_TRY(Json config, object_at(document, "config"));
  replace_set(config, "ExposedPorts", changes.exposed_ports,
              [](const Port& port) { return port.text(); });
  replace_set(config, "Volumes", changes.volumes, [](const std::string& path) { return path; });
  replace_list(config, "Cmd", changes.cmd);
  replace_list(config, "Entrypoint", changes.entrypoint);
  if (!changes.labels.empty()) {
    SLIM_TRY(Json labels, object_at(config, "Labels"));
    for (const auto& [name, value] : changes.labels) labels[name] = value;
    config["Labels"] = std::move(labels);
  }
  return config;
}

Result<std::string> created_time(const Json& document, const ConfigChanges& changes) {
  if (changes.created) return rfc3339(*changes.created);
  const auto found = document.find("created");
  if (found != document.end() && found->is_string()) return found->get<std::string>();
  return rfc3339(0);
}

Result<Json> rewrite(const Json& source, const ImageConfig& parsed, const ConfigChanges& changes,
                     const std::vector<Digest>& diff_ids) {
  if (!source.is_object()) return fail(ErrorCode::image, "the image config is not a JSON object");
  Json result = source;
  for (const char* field : kFieldsOfTheSource) result.erase(field);
  // Both are required by the specification, but old images of Docker lack them, and some builders
  // write names that engines do not know.
  result["architecture"] = parsed.platform.architecture;
  if (!parsed.platform.variant.empty()) result["variant"] = parsed.platform.variant;
  if (!result.contains("os")) result["os"] = parsed.platform.os;

  SLIM_TRY(const std::string created, created_time(source, changes));
  result["created"] = created;
  SLIM_TRY(Json config, run_config(source, changes));
  if (!config.empty() || source.contains("config")) result["config"] = std::move(config);

  Json ids = Json::array();
  Json history = Json::array();
  for (const Digest& id : diff_ids) {
    ids.push_back(id.text());
    Json step = {{"created", created}, {"created_by", "slim"}};
    if (!changes.history_comment.empty()) step["comment"] = changes.history_comment;
    history.push_back(std::move(step));
  }
  result["rootfs"] = {{"type", "layers"}, {"diff_ids", std::move(ids)}};
  result["history"] = std::move(history);
  return result;
}

}  // namespace

Result<std::string> rewrite_config(const ImageConfig& source, const ConfigChanges& changes,
                                   const std::vector<Digest>& diff_ids) {
  try {
    SLIM_TRY(const Json result, rewrite(Json::parse(source.json), source, changes, diff_ids));
    return result.dump();
  } catch (const Json::exception& error) {
    return fail(ErrorCode::image,
                std::string("the image config cannot be rewritten: ") + error.what());
  }
}

}  // namespace slim::image
