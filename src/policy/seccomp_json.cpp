// SPDX-License-Identifier: Apache-2.0
// The seccomp profile formats: OCI runtime-spec config-linux.md#seccomp, and Docker's, which adds
// `name`, `archMap`, `includes` and `excludes` (moby, profiles/seccomp).
#include <algorithm>
#include <nlohmann/json.hpp>

#include "policy/profile_rules.hpp"
#include "slim/base/text.hpp"
#include "slim/policy/seccomp.hpp"

namespace slim::policy {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// Docker names architectures as Go does.
std::string go_arch() {
  std::string native = native_arch();
  if (native == "x86_64") return "amd64";
  if (native == "aarch64") return "arm64";
  return native;
}

bool mentions(const Json& conditions, const char* key, const std::vector<std::string>& any_of) {
  const auto list = conditions.find(key);
  if (list == conditions.end() || !list->is_array()) return false;
  return std::any_of(list->begin(), list->end(), [&](const Json& item) {
    return item.is_string() &&
           is_one_of(item.get<std::string>(), any_of);
  });
}

bool mentions_all(const Json& list, const std::vector<std::string>& present) {
  return std::all_of(list.begin(), list.end(), [&](const Json& item) {
    return item.is_string() &&
           is_one_of(item.get<std::string>(), present);
  });
}

// Docker's reading: every included capability must be there, one of the included architectures
// must be ours, and nothing excluded may hold. minKernel is taken as met.
bool applies(const Json& rule, const std::vector<std::string>& capabilities) {
  const std::vector<std::string> arch = {go_arch()};
  if (const auto includes = rule.find("includes"); includes != rule.end() && !includes->is_null()) {
    if (const auto caps = includes->find("caps"); caps != includes->end() && caps->is_array()) {
      if (!mentions_all(*caps, capabilities)) return false;
    }
    if (const auto arches = includes->find("arches");
        arches != includes->end() && arches->is_array() && !arches->empty()) {
      if (!mentions(*includes, "arches", arch)) return false;
    }
  }
  if (const auto excludes = rule.find("excludes"); excludes != rule.end() && !excludes->is_null()) {
    if (mentions(*excludes, "caps", capabilities)) return false;
    if (mentions(*excludes, "arches", arch)) return false;
  }
  return true;
}

SeccompRule parse_rule(const Json& json) {
  SeccompRule rule;
  if (const auto names = json.find("names"); names != json.end() && !names->is_null()) {
    rule.names = names->get<std::vector<std::string>>();
  }
  if (const auto name = json.find("name"); name != json.end() && name->is_string()) {
    if (!rule.names.empty()) throw std::runtime_error("a rule has both `name` and `names`");
    rule.names.push_back(name->get<std::string>());
  }
  std::sort(rule.names.begin(), rule.names.end());
  rule.names.erase(std::unique(rule.names.begin(), rule.names.end()), rule.names.end());
  rule.action = json.at("action").get<std::string>();
  if (const auto code = json.find("errnoRet"); code != json.end() && !code->is_null()) {
    rule.errno_ret = code->get<uint32_t>();
  }
  if (const auto args = json.find("args"); args != json.end() && !args->is_null()) {
    for (const Json& arg : *args) {
      const uint32_t index = arg.at("index").get<uint32_t>();
      if (index > 5) throw std::runtime_error("an argument index is above 5");
      rule.args.push_back({index, arg.at("value").get<uint64_t>(),
                           arg.value("valueTwo", uint64_t{0}), arg.at("op").get<std::string>()});
    }
  }
  return rule;
}

std::vector<std::string> parse_architectures(const Json& json) {
  const auto plain = json.find("architectures");
  if (plain != json.end() && plain->is_array() && !plain->empty()) {
    return plain->get<std::vector<std::string>>();
  }
  std::vector<std::string> architectures;
  const std::string native = profile_arch(native_arch());
  if (const auto map = json.find("archMap"); map != json.end() && map->is_array()) {
    for (const Json& item : *map) {
      if (item.at("architecture").get<std::string>() != native) continue;
      architectures.push_back(native);
      if (const auto sub = item.find("subArchitectures"); sub != item.end() && sub->is_array()) {
        for (const Json& name : *sub) architectures.push_back(name.get<std::string>());
      }
    }
  }
  return architectures;
}

SeccompProfile parse_document(const Json& json, const std::vector<std::string>& capabilities) {
  SeccompProfile profile;
  profile.default_action = json.at("defaultAction").get<std::string>();
  if (const auto code = json.find("defaultErrnoRet"); code != json.end() && !code->is_null()) {
    profile.default_errno_ret = code->get<uint32_t>();
  }
  profile.architectures = parse_architectures(json);
  if (const auto rules = json.find("syscalls"); rules != json.end() && !rules->is_null()) {
    for (const Json& rule : *rules) {
      if (applies(rule, capabilities)) profile.rules.push_back(parse_rule(rule));
    }
  }
  return profile;
}

}  // namespace

std::string to_json(const SeccompProfile& profile) {
  OrderedJson json;
  json["defaultAction"] = profile.default_action;
  if (profile.default_errno_ret) json["defaultErrnoRet"] = *profile.default_errno_ret;
  json["architectures"] = profile.architectures;
  json["syscalls"] = OrderedJson::array();
  for (const SeccompRule& rule : profile.rules) {
    OrderedJson item;
    item["names"] = rule.names;
    item["action"] = rule.action;
    if (rule.errno_ret) item["errnoRet"] = *rule.errno_ret;
    if (!rule.args.empty()) {
      item["args"] = OrderedJson::array();
      for (const SeccompArg& arg : rule.args) {
        item["args"].push_back({{"index", arg.index},
                                {"value", arg.value},
                                {"valueTwo", arg.value_two},
                                {"op", arg.op}});
      }
    }
    json["syscalls"].push_back(std::move(item));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<SeccompProfile> parse_seccomp(std::string_view json, const std::string& name,
                                     const std::vector<std::string>& capabilities) {
  try {
    const Json document = Json::parse(json.begin(), json.end());
    if (!document.is_object()) {
      return fail(ErrorCode::usage, name + ": not a seccomp profile: not a JSON object");
    }
    return parse_document(document, capabilities);
  } catch (const std::exception& error) {
    return fail(ErrorCode::usage, name + ": not a seccomp profile: " + error.what());
  }
}

}  // namespace slim::policy
