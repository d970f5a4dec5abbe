// SPDX-License-Identifier: Apache-2.0
// trace.json. Everything that may be arbitrary bytes goes through escape_bytes, so that the
// document is valid UTF-8 and loses nothing.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>

#include "slim/base/path.hpp"
#include "slim/trace/trace.hpp"

namespace slim::trace {
namespace {

using nlohmann::json;

constexpr int kSchemaVersion = 1;

struct Bit {
  uint32_t bit;
  const char* name;
};
constexpr std::array kAccessBits = {
    Bit{kLookedUp, "looked-up"}, Bit{kRead, "read"},         Bit{kWritten, "written"},
    Bit{kCreated, "created"},    Bit{kExecuted, "executed"}, Bit{kMapped, "mapped"},
    Bit{kListed, "listed"},
};
constexpr std::array kPhaseBits = {Bit{kStarting, "starting"}, Bit{kServing, "serving"},
                                   Bit{kStopping, "stopping"}};
constexpr std::array kActions = {SocketAction::listen, SocketAction::bind, SocketAction::connect,
                                 SocketAction::accept};
constexpr std::array kBackends = {Backend::ebpf, Backend::ptrace, Backend::replay};

// What is wrong with a document; becomes an Error in from_json.
struct Malformed {
  std::string why;
};

template <size_t N>
json bits_to_json(uint32_t value, const std::array<Bit, N>& names) {
  json result = json::array();
  for (const auto& known : names)
    if (value & known.bit) result.push_back(known.name);
  return result;
}

template <size_t N>
uint32_t bits_from_json(const json& list, const std::array<Bit, N>& names) {
  uint32_t result = 0;
  for (const auto& item : list) {
    const auto& text = item.get_ref<const std::string&>();
    uint32_t bit = 0;
    for (const auto& known : names)
      if (text == known.name) bit = known.bit;
    if (bit == 0) throw Malformed{"unknown value \"" + escape_bytes(text) + "\""};
    result |= bit;
  }
  return result;
}

template <typename Enum, size_t N>
Enum enum_from_json(const json& value, const std::array<Enum, N>& all) {
  const auto& text = value.get_ref<const std::string&>();
  for (const Enum candidate : all)
    if (name(candidate) == text) return candidate;
  throw Malformed{"unknown value \"" + escape_bytes(text) + "\""};
}

std::string bytes_from(const std::string& text) {
  auto result = unescape_bytes(text);
  if (!result) throw Malformed{result.error().text()};
  return std::move(*result);
}
std::string bytes_from(const json& value) {
  return bytes_from(value.get_ref<const std::string&>());
}

template <typename Strings>
json escaped_list(const Strings& strings) {
  json result = json::array();
  for (const auto& text : strings) result.push_back(escape_bytes(text));
  return result;
}

json socket_to_json(const SocketUse& use) {
  json result = {{"action", name(use.action)},
                 {"family", use.family},
                 {"protocol", use.protocol},
                 {"address", escape_bytes(use.address)},
                 {"port", use.port},
                 {"ephemeral", use.ephemeral},
                 {"v6only", use.v6only},
                 {"process", escape_bytes(use.process)},
                 {"phases", bits_to_json(use.phases, kPhaseBits)},
                 {"users", use.users}};
  if (use.since_ms) result["since_ms"] = *use.since_ms;
  if (use.open_at_stop) result["open_at_stop"] = *use.open_at_stop;
  return result;
}

SocketUse socket_from_json(const json& value) {
  SocketUse use;
  use.action = enum_from_json(value.at("action"), kActions);
  use.family = value.at("family").get<std::string>();
  use.protocol = value.at("protocol").get<std::string>();
  use.address = bytes_from(value.at("address"));
  const auto port = value.at("port").get<uint64_t>();
  if (port > UINT16_MAX) throw Malformed{"port " + std::to_string(port)};
  use.port = static_cast<uint16_t>(port);
  use.ephemeral = value.at("ephemeral").get<bool>();
  use.v6only = value.at("v6only").get<bool>();
  use.process = bytes_from(value.at("process"));
  use.phases = bits_from_json(value.at("phases"), kPhaseBits);
  // Since later: older traces do not have them.
  if (value.contains("users")) use.users = value.at("users").get<std::set<uint32_t>>();
  if (value.contains("since_ms")) use.since_ms = value.at("since_ms").get<uint64_t>();
  if (value.contains("open_at_stop")) use.open_at_stop = value.at("open_at_stop").get<bool>();
  return use;
}

json files_to_json(const Trace& trace) {
  json result = json::object();
  for (const auto& [path, use] : trace.files)
    result[escape_bytes(path)] = {{"access", bits_to_json(use.access, kAccessBits)},
                                  {"on_rootfs", use.on_rootfs}};
  return result;
}

struct Outcome {
  bool LookupUse::*member;
  const char* name;
};
constexpr Outcome kOutcomes[] = {{&LookupUse::found, "found"},
                                 {&LookupUse::missing, "missing"},
                                 {&LookupUse::denied, "denied"},
                                 {&LookupUse::writable, "writable"}};

json lookups_to_json(const Trace& trace) {
  json result = json::object();
  for (const auto& [path, use] : trace.lookups) {
    json outcomes = json::array();
    for (const auto& outcome : kOutcomes)
      if (use.*outcome.member) outcomes.push_back(outcome.name);
    result[escape_bytes(path)] = std::move(outcomes);
  }
  return result;
}

json names_to_json(const Trace& trace) {
  json result = json::object();
  for (const auto& [asked, use] : trace.names)
    result[escape_bytes(asked)] = {{"types", use.types},
                                   {"processes", escaped_list(use.processes)}};
  return result;
}

// {"x86_64": {"read": {"phases": [...], "assumed": false, "arguments": [[2, 1, 6], ...]}}}
json syscalls_to_json(const Trace& trace) {
  json result = json::object();
  for (const auto& [call, use] : trace.syscalls) {
    json& entry = result[call.arch][call.name];
    entry = {{"phases", bits_to_json(use.phases, kPhaseBits)}, {"assumed", use.assumed}};
    if (use.arguments) entry["arguments"] = *use.arguments;
  }
  return result;
}

void read_files(const json& document, Trace& trace) {
  for (const auto& [path, use] : document.at("files").items())
    trace.files[bytes_from(path)] = {.access = bits_from_json(use.at("access"), kAccessBits),
                                     .on_rootfs = use.at("on_rootfs").get<bool>()};
  for (const auto& [path, outcomes] : document.at("lookups").items()) {
    auto& use = trace.lookups[bytes_from(path)];
    for (const auto& text : outcomes) {
      const auto known = std::find_if(std::begin(kOutcomes), std::end(kOutcomes),
                                      [&](const Outcome& outcome) { return text == outcome.name; });
      if (known == std::end(kOutcomes)) throw Malformed{"unknown outcome of a lookup"};
      use.*known->member = true;
    }
  }
}

void read_uses(const json& document, Trace& trace) {
  for (const auto& [arch, calls] : document.at("syscalls").items())
    for (const auto& [call, use] : calls.items()) {
      auto& made = trace.syscalls[{arch, call}];
      made.phases = bits_from_json(use.at("phases"), kPhaseBits);
      made.assumed = use.at("assumed").get<bool>();
      if (use.contains("arguments"))
        made.arguments = use.at("arguments").get<std::set<std::vector<uint32_t>>>();
    }
  for (const auto& socket : document.at("sockets")) trace.sockets.insert(socket_from_json(socket));
  for (const auto& exec : document.at("execs"))
    trace.execs.insert({bytes_from(exec.at("path")), bytes_from(exec.at("file"))});
  trace.capabilities = document.at("capabilities").get<std::map<std::string, bool>>();
  trace.capabilities_known = document.at("capabilities_known").get<bool>();
}

void read_names(const json& document, Trace& trace) {
  for (const auto& [asked, use] : document.items()) {
    NameUse& made = trace.names[bytes_from(asked)];
    made.types = use.at("types").get<std::set<std::string>>();
    for (const auto& process : use.at("processes")) made.processes.insert(bytes_from(process));
  }
}

std::optional<int> optional_int(const json& document, const char* key) {
  if (!document.contains(key) || document.at(key).is_null()) return std::nullopt;
  return document.at(key).get<int>();
}

Trace read_trace(const json& document) {
  Trace trace;
  trace.image_digest = document.at("image_digest").get<std::string>();
  trace.image_name = document.value("image_name", "");  // since later
  trace.architecture = document.at("architecture").get<std::string>();
  trace.backend = enum_from_json(document.at("backend"), kBackends);
  read_files(document, trace);
  read_uses(document, trace);
  // Since later, like exposed.
  if (document.contains("names")) read_names(document.at("names"), trace);
  if (document.contains("config_digest"))
    trace.config_digest = document.at("config_digest").get<std::string>();
  if (document.contains("covers_start"))
    trace.covers_start = document.at("covers_start").get<bool>();
  trace.processes = document.at("processes").get<uint64_t>();
  for (const auto& path : document.at("mount_points"))
    trace.mount_points.push_back(bytes_from(path));
  if (document.contains("exposed"))
    trace.exposed = document.at("exposed").get<std::set<std::string>>();
  if (document.contains("reachable"))
    trace.reachable = document.at("reachable").get<std::set<std::string>>();
  trace.init_exit_code = optional_int(document, "init_exit_code");
  trace.init_signal = optional_int(document, "init_signal");
  trace.losses = document.at("losses").get<std::map<std::string, uint64_t>>();
  for (const auto& why : document.at("incomplete")) trace.incomplete.push_back(bytes_from(why));
  // A loss without its reason would read as complete: never trust the list more than the counters.
  if (trace.incomplete.empty())
    for (const auto& [loss, count] : trace.losses)
      if (count > 0 && loss != kNamesLost) trace.incomplete.push_back(loss);
  return trace;
}

}  // namespace

std::string to_json(const Trace& trace) {
  json document = {
      {"schema_version", kSchemaVersion},
      {"image_digest", trace.image_digest},
      {"config_digest", trace.config_digest},
      {"image_name", trace.image_name},
      {"architecture", trace.architecture},
      {"backend", name(trace.backend)},
      {"complete", trace.complete()},
      {"covers_start", trace.covers_start},
      {"files", files_to_json(trace)},
      {"lookups", lookups_to_json(trace)},
      {"syscalls", syscalls_to_json(trace)},
      {"names", names_to_json(trace)},
      {"capabilities", trace.capabilities},
      {"capabilities_known", trace.capabilities_known},
      {"processes", trace.processes},
      {"mount_points", escaped_list(trace.mount_points)},
      {"losses", trace.losses},
      {"incomplete", escaped_list(trace.incomplete)},
  };
  auto& sockets = document["sockets"] = json::array();
  for (const auto& socket : trace.sockets) sockets.push_back(socket_to_json(socket));
  auto& execs = document["execs"] = json::array();
  for (const auto& exec : trace.execs)
    execs.push_back({{"path", escape_bytes(exec.path)}, {"file", escape_bytes(exec.file)}});
  if (trace.exposed) document["exposed"] = *trace.exposed;
  if (trace.reachable) document["reachable"] = *trace.reachable;
  document["init_exit_code"] = trace.init_exit_code ? json(*trace.init_exit_code) : json();
  document["init_signal"] = trace.init_signal ? json(*trace.init_signal) : json();
  // Names come from tables and are ASCII; should one ever not be, a replacement character is
  // better than an exception.
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<Trace> from_json(std::string_view text, const std::string& name) {
  try {
    const json document = json::parse(text);
    if (!document.is_object() || !document.contains("schema_version"))
      return fail(ErrorCode::usage, name + " is not a trace made by slim");
    const auto version = document.at("schema_version").get<int64_t>();
    if (version > kSchemaVersion)
      return fail(ErrorCode::usage, name + " has schema version " + std::to_string(version) +
                                        ", which is newer than this slim (" +
                                        std::to_string(kSchemaVersion) + "): upgrade slim");
    if (version < 1) return fail(ErrorCode::usage, name + " is not a trace made by slim");
    return read_trace(document);
  } catch (const json::exception& error) {
    return fail(ErrorCode::usage, name + " is not a trace made by slim: " + error.what());
  } catch (const Malformed& error) {
    return fail(ErrorCode::usage, name + " is not a trace made by slim: " + error.why);
  }
}

}  // namespace slim::trace
