// SPDX-License-Identifier: Apache-2.0
#include "container/mounts.hpp"

#include <stdlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "container/in_root.hpp"
#include "container/limits.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::container {

namespace {

constexpr std::array kPropagation = {"rprivate", "private", "rshared", "shared", "rslave", "slave"};
// Meaningless here (SELinux labels, caching of desktop engines) but accepted by docker-run(1).
constexpr std::array kIgnored = {"z", "Z", "cached", "delegated", "consistent"};

Result<std::string> destination_of(const std::string& path, const std::string& option) {
  if (!path.starts_with('/'))
    return fail(ErrorCode::usage,
                option + ": '" + escape_bytes(path) + "' is not an absolute container path");
  std::string clean = clean_path(path);
  if (clean == "/") return fail(ErrorCode::usage, option + ": the destination cannot be '/'");
  return clean;
}

bool is_volume_name(const std::string& name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return name.size() > 1 && kLetters.find(name[0]) != std::string_view::npos &&
         name.find_first_not_of(std::string(kLetters) + "_.-") == std::string::npos;
}

// A host path as docker-run(1) takes it; "./x" is relative to where slim was started.
Result<std::string> host_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  const std::unique_ptr<char, decltype(&::free)> here(::realpath(".", nullptr), ::free);
  if (!here) return fail_errno("cannot find the working directory");
  return clean_path(join_path(here.get(), path));
}

void set_propagation(MountPlan& plan, const std::string& propagation) {
  plan.options.push_back(propagation.empty() ? "rprivate" : propagation);
}

Result<void> apply_modes(MountPlan& plan, std::string_view modes, const std::string& text) {
  std::string propagation;
  for (const auto mode : fields_of(modes, ',')) {
    if (mode == "ro") {
      plan.options.push_back("ro");
    } else if (mode == "nocopy") {
      plan.seed = false;
    } else if (is_one_of(mode, kPropagation)) {
      propagation = mode;
    } else if (mode != "rw" && !is_one_of(mode, kIgnored)) {
      return fail(ErrorCode::usage,
                  "--volume: '" + text + "' has the unknown option '" + std::string(mode) + "'");
    }
  }
  set_propagation(plan, propagation);
  return {};
}

// The fields of one line of CSV (RFC 4180), which is what --mount takes.
std::vector<std::string> csv_fields(const std::string& text) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"')
      fields.back() += text[++i];
    else if (text[i] == '"')
      quoted = !quoted;
    else if (text[i] == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += text[i];
  }
  return fields;
}

struct MountWords {
  std::string type = "volume", source, target, propagation, tmpfs_size, tmpfs_mode;
  bool read_only = false, no_copy = false;
};

Result<bool> truth(const std::optional<std::string>& value, const std::string& field) {
  if (!value || *value == "1" || *value == "true") return true;
  if (*value == "0" || *value == "false") return false;
  return fail(ErrorCode::usage, "--mount: '" + field + "' is neither true nor false");
}

Result<void> read_field(MountWords& words, const std::string& field) {
  const auto equals = field.find('=');
  const std::string key = field.substr(0, equals);
  std::optional<std::string> value;
  if (equals != std::string::npos) value = field.substr(equals + 1);
  if (key == "readonly" || key == "ro") {
    SLIM_TRY(words.read_only, truth(value, field));
    return {};
  }
  if (key == "volume-nocopy") {
    SLIM_TRY(words.no_copy, truth(value, field));
    return {};
  }
  if (key == "consistency") return {};
  struct Field {
    const char* key;
    std::string* place;
  };
  const Field fields[] = {{"type", &words.type},          {"source", &words.source},
                          {"src", &words.source},         {"target", &words.target},
                          {"dst", &words.target},         {"destination", &words.target},
                          {"tmpfs-size", &words.tmpfs_size}, {"tmpfs-mode", &words.tmpfs_mode},
                          {"bind-propagation", &words.propagation}};
  for (const auto& known : fields) {
    if (key != known.key || !value) continue;
    *known.place = *value;
    return {};
  }
  return fail(ErrorCode::usage, "--mount: the field '" + field + "' is not understood");
}

Result<void> make_tmpfs(MountPlan& plan, const MountWords& words) {
  plan.kind = MountPlan::Kind::tmpfs;
  plan.options = {"noexec", "nosuid", "nodev", "rprivate"};
  if (!words.source.empty()) return fail(ErrorCode::usage, "--mount: a tmpfs has no source");
  if (words.read_only) plan.options.push_back("ro");
  if (!words.tmpfs_size.empty()) {
    SLIM_TRY(const uint64_t size, parse_size(words.tmpfs_size, "--mount tmpfs-size"));
    plan.options.push_back("size=" + std::to_string(size));
  }
  if (words.tmpfs_mode.find_first_not_of("01234567") != std::string::npos)
    return fail(ErrorCode::usage, "--mount: tmpfs-mode '" + words.tmpfs_mode + "' is not octal");
  if (!words.tmpfs_mode.empty()) plan.options.push_back("mode=" + words.tmpfs_mode);
  return {};
}

}  // namespace

Result<MountPlan> parse_volume(const std::string& text) {
  const auto parts = fields_of(text, ':');
  const auto bad = [&](const std::string& why) {
    return fail(ErrorCode::usage, "--volume: '" + escape_bytes(text) + "' " + why);
  };
  if (parts.size() > 3) return bad("is not [SOURCE:]DESTINATION[:OPTIONS]");
  MountPlan plan;
  const std::string source(parts.size() > 1 ? parts[0] : "");
  const std::string destination(parts.size() > 1 ? parts[1] : parts[0]);
  SLIM_TRY(plan.destination, destination_of(destination, "--volume"));
  if (parts.size() > 1 && source.empty()) return bad("has an empty source");
  if (source.starts_with('/') || source.starts_with('.')) {
    plan.kind = MountPlan::Kind::bind;
    plan.create_source = true;
    SLIM_TRY(plan.source, host_path(source));
  } else if (!source.empty()) {
    if (!is_volume_name(source)) return bad("has a source that is neither a path nor a name");
    plan.source = source;
  }
  SLIM_CHECK(apply_modes(plan, parts.size() > 2 ? parts[2] : "rw", text));
  return plan;
}

Result<MountPlan> parse_mount(const std::string& text) {
  MountWords words;
  for (const auto& field : csv_fields(text)) SLIM_CHECK(read_field(words, field));
  MountPlan plan;
  SLIM_TRY(plan.destination, destination_of(words.target, "--mount target"));
  if (words.type == "tmpfs") {
    SLIM_CHECK(make_tmpfs(plan, words));
    return plan;
  }
  if (words.type != "bind" && words.type != "volume")
    return fail(ErrorCode::usage,
                "--mount: type '" + words.type + "' is none of bind, volume, tmpfs");
  if (!words.propagation.empty() && !is_one_of(words.propagation, kPropagation))
    return fail(ErrorCode::usage,
                "--mount: bind-propagation '" + words.propagation + "' is not known");
  plan.source = words.source;
  if (words.type == "bind") {
    plan.kind = MountPlan::Kind::bind;
    if (!words.source.starts_with('/'))
      return fail(ErrorCode::usage, "--mount: a bind needs an absolute source path");
  } else if (!words.source.empty() && !is_volume_name(words.source)) {
    return fail(ErrorCode::usage, "--mount: '" + words.source + "' is not a volume name");
  }
  if (words.read_only) plan.options.push_back("ro");
  plan.seed = !words.no_copy;
  set_propagation(plan, words.propagation);
  return plan;
}

Result<MountPlan> parse_tmpfs(const std::string& text) {
  const auto colon = text.find(':');
  MountPlan plan;
  plan.kind = MountPlan::Kind::tmpfs;
  SLIM_TRY(plan.destination, destination_of(text.substr(0, colon), "--tmpfs"));
  plan.options = {"noexec", "nosuid", "nodev", "rprivate"};
  if (colon == std::string::npos) return plan;
  // mount(8): the later of two opposite flags counts, and so it does in the runtimes.
  for (const auto option : fields_of(std::string_view(text).substr(colon + 1), ','))
    if (!option.empty()) plan.options.emplace_back(option);
  return plan;
}

Result<std::vector<MountPlan>> plan_mounts(const image::ImageConfig& config,
                                           const RunOptions& options) {
  std::vector<MountPlan> plans;
  const auto add = [&](MountPlan plan) -> Result<void> {
    for (const auto& other : plans)
      if (other.destination == plan.destination)
        return fail(ErrorCode::usage, "two mounts for " + escape_bytes(plan.destination));
    plans.push_back(std::move(plan));
    return {};
  };
  for (const auto& text : options.volumes) {
    SLIM_TRY(MountPlan plan, parse_volume(text));
    SLIM_CHECK(add(std::move(plan)));
  }
  for (const auto& text : options.mounts) {
    SLIM_TRY(MountPlan plan, parse_mount(text));
    SLIM_CHECK(add(std::move(plan)));
  }
  for (const auto& text : options.tmpfs) {
    SLIM_TRY(MountPlan plan, parse_tmpfs(text));
    SLIM_CHECK(add(std::move(plan)));
  }
  for (const auto& path : config.volumes) {
    MountPlan plan;
    plan.destination = clean_path(path);
    if (plan.destination == "/")
      return fail(ErrorCode::container, "the image declares its whole root as a volume");
    set_propagation(plan, "");
    // The user's mount, or an earlier spelling of the same path, takes its place.
    if (std::none_of(plans.begin(), plans.end(), [&](const auto& other) {
          return other.destination == plan.destination;
        }))
      plans.push_back(std::move(plan));
  }
  std::stable_sort(plans.begin(), plans.end(), [](const auto& a, const auto& b) {
    return components(a.destination).size() < components(b.destination).size();
  });
  return plans;
}

}  // namespace slim::container
