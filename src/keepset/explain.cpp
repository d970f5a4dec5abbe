// SPDX-License-Identifier: Apache-2.0
// The reasons of a keep-set, told and stored.
#include <nlohmann/json.hpp>

#include "slim/base/path.hpp"
#include "slim/keepset/keepset.hpp"

namespace slim::keepset {
namespace {

using Json = nlohmann::json;

std::string without_slash(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

std::string line(const Reason& reason) {
  std::string text = reason.rule;
  if (!reason.because.empty()) text += ": " + escape_bytes(reason.because);
  return text;
}

// A reason that leads to another kept path.
const Reason* leading_on(const KeepSet& keep, const std::set<Reason>& reasons) {
  for (const Reason& reason : reasons) {
    if (reason.because.starts_with('/') && keep.paths.contains(without_slash(reason.because))) {
      return &reason;
    }
  }
  return nullptr;
}

// Follows one reason of a path back: first to what the run did, else to the next path.
void follow(const KeepSet& keep, const std::string& of, const Reason& first,
            std::vector<std::string>& out) {
  std::set<std::string> seen{of};
  const Reason* reason = &first;
  std::string indent = "    ";
  while (origin_of(*reason) != Origin::run && reason->because.starts_with('/')) {
    const std::string path = without_slash(reason->because);
    const auto next = keep.paths.find(path);
    if (next == keep.paths.end() || !seen.insert(path).second) return;
    const auto& reasons = next->second;
    const Reason* chosen = nullptr;
    for (const Reason& candidate : reasons) {
      if (origin_of(candidate) == Origin::run) chosen = &candidate;
    }
    if (chosen == nullptr) chosen = leading_on(keep, reasons);
    if (chosen == nullptr && !reasons.empty()) chosen = &*reasons.begin();
    if (chosen == nullptr) return;
    out.push_back(indent + escape_bytes("/" + path) + ": " + line(*chosen));
    indent += "  ";
    reason = chosen;
  }
}

}  // namespace

std::vector<std::string> explain(const KeepSet& keep, const rootfs::Index& original,
                                 const std::string& path) {
  std::vector<std::string> out;
  const std::string asked = escape_bytes("/" + without_slash(path));
  const auto named = original.resolve(path, false);
  if (named.outcome != rootfs::Resolution::Outcome::found) {
    out.push_back(asked + ": the image has no such path");
    return out;
  }
  const std::string& key = named.entry->path;
  const std::string shown = escape_bytes("/" + key);
  if (shown != asked) out.push_back(asked + " is " + shown);
  if (const auto dropped = keep.dropped.find(key); dropped != keep.dropped.end()) {
    out.push_back(shown + ": dropped by --drop " + escape_bytes(dropped->second));
    return out;
  }
  if (keep.minimized.contains(key)) {
    out.push_back(shown + ": taken out by --minimize, the probe passes without it");
    return out;
  }
  const auto found = keep.paths.find(key);
  if (found == keep.paths.end()) {
    out.push_back(shown + ": not kept, nothing used or needed it");
    return out;
  }
  out.push_back(shown + ": kept");
  for (const Reason& reason : found->second) {
    out.push_back("  " + line(reason));
    follow(keep, key, reason, out);
  }
  return out;
}

std::string to_json(const KeepSet& keep) {
  Json json = Json::object();
  for (const auto& [path, reasons] : keep.paths) {
    Json list = Json::array();
    for (const Reason& reason : reasons) {
      list.push_back({{"rule", reason.rule}, {"because", escape_bytes(reason.because)}});
    }
    json[escape_bytes("/" + path)] = std::move(list);
  }
  for (const auto& [path, pattern] : keep.dropped) {
    json[escape_bytes("/" + path)] =
        Json::array({{{"rule", "dropped"}, {"because", escape_bytes(pattern)}}});
  }
  for (const auto& path : keep.minimized)
    json[escape_bytes("/" + path)] = Json::array({{{"rule", "minimized"}, {"because", ""}}});
  return json.dump(1) + "\n";
}

Result<KeepSet> from_json(std::string_view text, const std::string& name) {
  const auto bad = [&](const std::string& why) {
    return fail(ErrorCode::usage, name + ": not a keep-set: " + why);
  };
  try {
    const Json json = Json::parse(text.begin(), text.end());
    if (!json.is_object()) return bad("not a JSON object");
    KeepSet keep;
    for (const auto& [key, list] : json.items()) {
      SLIM_TRY(const std::string path, unescape_bytes(key));
      if (!path.starts_with('/')) return bad("a path is not absolute: " + key);
      for (const Json& item : list) {
        Reason reason;
        reason.rule = item.at("rule").get<std::string>();
        SLIM_TRY(reason.because, unescape_bytes(item.at("because").get<std::string>()));
        if (reason.rule == "dropped") {
          keep.dropped.emplace(path.substr(1), reason.because);
        } else if (reason.rule == "minimized") {
          keep.minimized.insert(path.substr(1));
        } else {
          keep.paths[path.substr(1)].insert(std::move(reason));
        }
      }
    }
    return keep;
  } catch (const std::exception& error) {
    return bad(error.what());
  }
}

}  // namespace slim::keepset
