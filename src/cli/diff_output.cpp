// SPDX-License-Identifier: Apache-2.0
#include "cli/diff_output.hpp"

#include <cstdio>

#include "slim/base/path.hpp"
#include "slim/report/terminal.hpp"

namespace slim::cli {

using inspect::Aspect;
using inspect::ChangeKind;
using rootfs::IndexEntry;
using Json = nlohmann::ordered_json;

namespace {

std::string_view name(image::EntryType type) {
  switch (type) {
    case image::EntryType::file: return "file";
    case image::EntryType::directory: return "directory";
    case image::EntryType::symlink: return "symlink";
    case image::EntryType::fifo: return "fifo";
    case image::EntryType::char_device: return "char device";
    case image::EntryType::block_device: return "block device";
    case image::EntryType::hardlink: return "hard link";
  }
  return "";
}

template <typename... Arguments>
std::string format(const char* pattern, Arguments... arguments) {
  char text[96];
  std::snprintf(text, sizeof text, pattern, arguments...);
  return text;
}

std::string mode_text(const IndexEntry& entry) { return format("%04o", entry.mode); }
std::string owner_text(const IndexEntry& entry) { return format("%u:%u", entry.uid, entry.gid); }
std::string device_text(const IndexEntry& entry) {
  return format("%u:%u", entry.device_major, entry.device_minor);
}
// Seconds since the epoch as find's %T@ and pax write them: half a second before it is -0.5.
std::string time_text(const IndexEntry& entry) {
  const bool before = entry.mtime.seconds < 0 && entry.mtime.nanoseconds > 0;
  if (!before)
    return format("%lld.%09u", static_cast<long long>(entry.mtime.seconds),
                  entry.mtime.nanoseconds);
  return format("-%lld.%09u", -static_cast<long long>(entry.mtime.seconds) - 1,
                1000000000 - entry.mtime.nanoseconds);
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const unsigned char byte : bytes) text += format("%02x", byte);
  return text;
}

std::string xattr_text(const IndexEntry& entry, const IndexEntry& other) {
  std::string text;
  for (const auto& [key, value] : entry.xattrs) {
    const auto same = other.xattrs.find(key);
    if (same != other.xattrs.end() && same->second == value) continue;
    text += (text.empty() ? "" : " ") + escape_bytes(key) + "=" + hex(value);
  }
  return text.empty() ? "none" : text;
}

std::string names_text(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& path : names) text += (text.empty() ? "/" : " /") + escape_bytes(path);
  return text.empty() ? "none" : text;
}

std::string content_text(const IndexEntry& a, const IndexEntry& b) {
  if (a.size == b.size) return "content of " + report::human_bytes(a.size);
  return "content " + report::human_bytes(a.size) + " -> " + report::human_bytes(b.size);
}

std::string aspect_text(const inspect::FileChange& change, Aspect aspect) {
  const IndexEntry &a = *change.before, &b = *change.after;
  const auto both = [&](const auto& text) { return text(a) + " -> " + text(b); };
  std::string prefix = std::string(inspect::name(aspect)) + " ";
  switch (aspect) {
    case Aspect::type: return prefix + std::string(name(a.type)) + " -> " + std::string(name(b.type));
    case Aspect::content: return content_text(a, b);
    case Aspect::target: return prefix + escape_bytes(a.target) + " -> " + escape_bytes(b.target);
    case Aspect::device: return prefix + both(device_text);
    case Aspect::mode: return prefix + both(mode_text);
    case Aspect::owner: return prefix + both(owner_text);
    case Aspect::mtime: return prefix + both(time_text);
    case Aspect::xattrs: return prefix + xattr_text(a, b) + " -> " + xattr_text(b, a);
    case Aspect::links:
      return prefix + names_text(change.links_before) + " -> " + names_text(change.links_after);
  }
  return prefix;
}

std::string whole_text(const IndexEntry& entry) {
  if (entry.type == image::EntryType::file) return report::human_bytes(entry.size);
  if (entry.type == image::EntryType::symlink) return "-> " + escape_bytes(entry.target);
  return std::string(name(entry.type));
}

Json names(const std::vector<std::string>& paths) {
  Json list = Json::array();
  for (const auto& path : paths) list.push_back("/" + escape_bytes(path));
  return list;
}

Json to_json(const inspect::Amount& amount) {
  return {{"paths", amount.paths}, {"bytes", amount.bytes}};
}

Json optional_text(const std::optional<std::string>& text) {
  return text ? Json(escape_bytes(*text)) : Json();
}

}  // namespace

std::string diff_line(const inspect::FileChange& change) {
  const IndexEntry& entry = change.after != nullptr ? *change.after : *change.before;
  const std::string path = "/" + escape_bytes(entry.path);
  if (change.kind == ChangeKind::added) return "+ " + path + "  " + whole_text(entry) + "\n";
  if (change.kind == ChangeKind::removed) return "- " + path + "  " + whole_text(entry) + "\n";
  std::string line = "~ " + path;
  const char* separator = "  ";
  for (const Aspect aspect : change.differs) {
    line += separator + aspect_text(change, aspect);
    separator = ", ";
  }
  return line + "\n";
}

std::string diff_line(const inspect::ConfigChange& change) {
  const std::string field = "config " + escape_bytes(change.field);
  const auto value = [](const std::string& text) {
    return text.empty() ? std::string() : "  " + escape_bytes(text);
  };
  if (!change.before) return "+ " + field + value(*change.after) + "\n";
  if (!change.after) return "- " + field + value(*change.before) + "\n";
  return "~ " + field + value(*change.before) + " -> " + escape_bytes(*change.after) + "\n";
}

Json to_json(const IndexEntry& entry) {
  Json json = {{"type", name(entry.type)},
               {"mode", mode_text(entry)},
               {"uid", entry.uid},
               {"gid", entry.gid},
               {"mtime", time_text(entry)}};
  if (entry.type == image::EntryType::file) json["bytes"] = entry.size;
  if (entry.type == image::EntryType::symlink) json["target"] = escape_bytes(entry.target);
  if (entry.type == image::EntryType::char_device || entry.type == image::EntryType::block_device)
    json["device"] = device_text(entry);
  if (!entry.xattrs.empty()) {
    Json xattrs = Json::object();
    for (const auto& [key, value] : entry.xattrs) xattrs[escape_bytes(key)] = hex(value);
    json["xattrs"] = std::move(xattrs);
  }
  return json;
}

Json to_json(const inspect::FileChange& change) {
  const IndexEntry& entry = change.after != nullptr ? *change.after : *change.before;
  Json json = {{"path", "/" + escape_bytes(entry.path)}};
  json["kind"] = change.kind == ChangeKind::added     ? "added"
                 : change.kind == ChangeKind::removed ? "removed"
                                                      : "changed";
  if (change.kind == ChangeKind::changed) {
    Json differs = Json::array();
    for (const Aspect aspect : change.differs) differs.push_back(inspect::name(aspect));
    json["differs"] = std::move(differs);
  }
  json["before"] = change.before != nullptr ? to_json(*change.before) : Json();
  json["after"] = change.after != nullptr ? to_json(*change.after) : Json();
  if (change.links_before != change.links_after) {
    json["before"]["links"] = names(change.links_before);
    json["after"]["links"] = names(change.links_after);
  }
  return json;
}

Json to_json(const inspect::ConfigChange& change) {
  return {{"field", escape_bytes(change.field)},
          {"before", optional_text(change.before)},
          {"after", optional_text(change.after)}};
}

Json to_json(const inspect::DiffSummary& summary) {
  Json changed = {{"paths", summary.changed.paths},
                  {"bytes_before", summary.changed.bytes},
                  {"bytes_after", summary.changed_bytes_after}};
  return {{"added", to_json(summary.added)},
          {"removed", to_json(summary.removed)},
          {"changed", std::move(changed)},
          {"same", to_json(summary.same)}};
}

}  // namespace slim::cli
