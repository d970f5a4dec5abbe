// SPDX-License-Identifier: Apache-2.0
// The tables of time zones (tzfile(5)). A program that reads one by its name reads another for the
// next visitor; a library of an interpreter that knows where they are has not been asked yet. The C
// library, which knows it too, is only asked for the zone of the environment.

#include "keepset/programs.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/interpreter.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kZones = "usr/share/zoneinfo";
constexpr std::string_view kPlace = "/usr/share/zoneinfo";
constexpr uint64_t kLargestSource = 256u << 10;
// The same tables again, counted otherwise.
constexpr std::string_view kVariants[] = {"posix", "right"};
constexpr std::string_view kSources[] = {".js", ".lua", ".php", ".pm", ".py", ".rb", ".tcl"};
// Has the place from the settings that it was built with.
constexpr std::string_view kPythons = "/zoneinfo/_tzpath.py";
constexpr std::string_view kGoFunction("\0time.LoadLocation\0", 19);

struct ZonesState {
  bool kept = false;
};

// The zone of the environment, and that of the system.
bool is_local(Marker& marker, const IndexEntry& zone) {
  const auto local = marker.index().resolve("etc/localtime");
  if (local.entry == &zone) return true;
  const auto variable = marker.environment("TZ");
  if (!variable) return false;
  const size_t begin = variable->starts_with(':') ? 1 : 0;
  const std::string path = join_path(kZones, variable->substr(begin));
  return marker.index().resolve(path).entry == &zone;
}

// Who lists the directory looks for names in it, whichever tables are read then.
Result<bool> reads_zones(Marker& marker, const IndexEntry& entry) {
  if (is_directory(entry)) return entry.path == kZones && marker.listed(entry);
  if (!is_file(entry)) return false;
  if (entry.path.starts_with(kZones)) return marker.opened(entry) && !is_local(marker, entry);
  if (entry.path.ends_with(kPythons)) return true;
  // Of a Go program: it asks for a zone by name, whichever that is.
  if (marker.executed(entry)) {
    SLIM_TRY(const std::string_view program, marker.content(entry));
    if (program.find(kGoFunction) != std::string_view::npos) return true;
  }
  const bool source = ends_with_one(entry.path, kSources);
  if (!source && !is_interpreter(name_of(entry.path))) return false;
  if (name_of(entry.path).starts_with("_sysconfigdata_")) return false;
  SLIM_TRY(const std::string_view content, marker.content(entry));
  return content.find(kPlace) != std::string_view::npos;
}

// The zones that a source of the application names: "Asia/Tokyo", ":Asia/Tokyo".
Result<void> keep_named(Marker& marker, const IndexEntry& source) {
  SLIM_TRY(const std::string_view text, marker.content(source));
  std::set<std::string> zones;
  for (size_t slash = text.find('/'); slash != std::string_view::npos;
       slash = text.find('/', slash + 1)) {
    size_t begin = slash, end = slash + 1;
    while (begin > 0 && is_word_byte(text[begin - 1])) --begin;
    while (end < text.size() && (is_word_byte(text[end]) || text[end] == '/' || text[end] == '-'))
      ++end;
    const bool whole = begin == 0 || text[begin - 1] != '/';
    if (whole && begin < slash && text[begin] >= 'A' && text[begin] <= 'Z')
      zones.emplace(text.substr(begin, end - begin));
  }
  for (const std::string& zone : zones) {
    const std::string path = join_path(kZones, zone);
    const rootfs::Resolution found = marker.index().resolve(path);
    if (found.outcome == rootfs::Resolution::Outcome::found && is_file(*found.entry))  // not "US/"
      marker.mark_path(path, {"time-zones", absolute(source.path)});
  }
  return {};
}

}  // namespace

Result<void> time_zones(Marker& marker, const IndexEntry& entry) {
  auto& state = marker.state<ZonesState>();
  const IndexEntry* zones = marker.index().find(kZones);
  if (state.kept || zones == nullptr) return {};
  if (marker.own(entry) && is_file(entry) && entry.size <= kLargestSource)
    SLIM_CHECK(keep_named(marker, entry));
  if (is_file(entry) && marker.executed(entry)) {
    SLIM_TRY(const bool of_image, is_of_image(marker, entry));
    if (of_image) SLIM_CHECK(keep_named(marker, entry));
  }
  SLIM_TRY(const bool reads, reads_zones(marker, entry));
  if (!reads) return {};
  state.kept = true;
  const Reason reason{"time-zones", absolute(entry.path)};
  for (const IndexEntry* child : marker.index().children(kZones)) {
    if (!is_one_of(name_of(child->path), kVariants))
      marker.mark_tree(*child, reason);
  }
  return {};
}

}  // namespace slim::keepset::rules
