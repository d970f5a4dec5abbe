// SPDX-License-Identifier: Apache-2.0
// Plugins that the run had no use for, but the next one may: those that settings name by a word
// ("mail_plugins = sieve", a protocol's or a user's), those that have their names in the program that
// loads them, and those beside one that was loaded, which data or a client may ask for.
#include <algorithm>
#include <map>

#include "keepset/plugins.hpp"
#include "keepset/programs.hpp"
#include "keepset/rules.hpp"
#include "keepset/settings.hpp"
#include "keepset/text.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// With the libraries that it needs.
constexpr uint64_t kLargestNamed = 2u << 20;
// Programs have names of plugins, too, that they load only if settings say so.
constexpr uint64_t kLargestBuiltIn = 64u << 10;
// Of what the run used, all directories together.
constexpr uint64_t kShare = 12;
constexpr std::string_view kEnding = ".so";
constexpr size_t kLongestName = 64;

using Named = std::map<const IndexEntry*, Reason, ByPath>;

struct PluginsState {
  Named named;                                        // and by which settings
  Named built_in;                                     // and into which program or other plugin
  std::set<std::string> kept;                         // directories
  uint64_t spent = 0;
};

bool is_in_word(char c) {
  return is_word_byte(c) || c == '-';
}

std::set<std::string> words_of(std::string_view line) {
  std::set<std::string> words;
  for (size_t begin = 0; begin < line.size();) {
    size_t end = begin;
    while (end < line.size() && is_in_word(line[end])) ++end;
    if (end > begin) words.emplace(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// The strings of a program that end with a NUL and are no longer than a plugin's name.
std::vector<std::string_view> short_strings_of(std::string_view program) {
  std::vector<std::string_view> strings;
  for (size_t begin = 0; begin < program.size();) {
    const size_t end = std::min(program.find('\0', begin), program.size());
    const std::string_view text = program.substr(begin, end - begin);
    if (!text.empty() && text.size() <= kLongestName &&
        std::all_of(text.begin(), text.end(), [](char c) { return is_in_word(c) || c == '.'; }))
      strings.push_back(text);
    begin = end + 1;
  }
  return strings;
}

bool are_chosen_by_settings(Marker& marker, std::string_view directory) {
  const auto& named = marker.state<PluginsState>().named;
  return std::any_of(named.begin(), named.end(), [&](const auto& plugin) {
    return parent_of(plugin.first->path) == directory && marker.opened(*plugin.first);
  });
}

// `largest`: with the libraries that one needs.
Result<void> keep_plugins(Marker& marker, const Named& plugins, uint64_t largest) {
  for (const auto& [plugin, reason] : plugins) {
    const rootfs::Resolution found = marker.index().resolve(plugin->path);
    if (found.outcome != rootfs::Resolution::Outcome::found || marker.kept(*plugin)) continue;
    SLIM_TRY(const auto added, added_with(marker, *found.entry));
    if (added && bytes_of(*added) <= largest) marker.mark(*plugin, reason);
  }
  return {};
}

// Those in a directory that can be loaded and are not kept yet; and what keeping them adds. One that
// alone brings more than rules may add (a compiler, say) does not keep the others out.
struct Candidates {
  std::vector<const IndexEntry*> plugins;
  EntrySet added;
};

Result<Candidates> candidates_in(Marker& marker, const std::string& directory, uint64_t most) {
  Candidates candidates;
  for (const IndexEntry* entry : marker.index().children(directory)) {
    if (!is_file(*entry) || !entry->path.ends_with(kEnding) || marker.kept(*entry)) continue;
    SLIM_TRY(const auto added, added_with(marker, *entry));
    if (!added || bytes_of(*added) > most) continue;
    candidates.plugins.push_back(entry);
    candidates.added.insert(added->begin(), added->end());
  }
  return candidates;
}

}  // namespace

Result<void> plugin_words(Marker& marker, const IndexEntry& entry) {
  if (!is_settings(entry) || !marker.opened(entry)) return {};
  SLIM_TRY(const Plugins::ByName* plugins, marker.state<Plugins>().by_word(marker));
  if (plugins->empty()) return {};
  SLIM_TRY(const std::string_view text, marker.text(entry));
  for (const std::string_view line : lines(text)) {
    // "<IfModule mod_NAME.c>" only asks.
    if (is_comment(trim(line)) || trim(line).starts_with('<')) continue;
    for (const std::string& word : words_of(line)) {
      const auto found = plugins->find(word);
      if (found == plugins->end()) continue;
      for (const IndexEntry* plugin : found->second)
        marker.state<PluginsState>().named.emplace(plugin, Reason{"plugin", absolute(entry.path)});
    }
  }
  return {};
}

// A part of a program that it loads when it first needs it, such as a format it can write in.
Result<void> built_in_plugins(Marker& marker, const IndexEntry& entry) {
  auto& plugins = marker.state<Plugins>();
  const std::string directory(parent_of(entry.path));
  const bool is_loaded = plugins.loaded_from(marker).contains(directory) && marker.opened(entry);
  if (!is_loaded && !marker.executed(entry)) return {};
  SLIM_TRY(const std::string_view content, program_bytes(marker, entry));
  const Plugins::ByName& beside = plugins.beside_loaded(marker);
  if (content.empty() || beside.empty()) return {};
  for (const std::string_view text : short_strings_of(content)) {
    const bool is_file_name = text.ends_with(kEnding);
    const auto found = beside.find(is_file_name ? text.substr(0, text.size() - kEnding.size()) : text);
    if (found == beside.end()) continue;
    for (const IndexEntry* plugin : found->second)
      if (!has_own_rules(parent_of(plugin->path)))
        marker.state<PluginsState>().built_in.emplace(plugin, Reason{"plugin", absolute(entry.path)});
  }
  return {};
}

// Once it is known which libraries stay.
Result<void> named_plugins(Marker& marker) {
  const auto& state = marker.state<PluginsState>();
  SLIM_CHECK(keep_plugins(marker, state.named, kLargestNamed));
  return keep_plugins(marker, state.built_in, kLargestBuiltIn);
}

// Where settings name those that were loaded they name all that will be.
Result<void> plugins_beside(Marker& marker) {
  auto& state = marker.state<PluginsState>();
  const uint64_t most = used_bytes(marker) / kShare;
  for (const std::string& directory : marker.state<Plugins>().loaded_from(marker)) {
    if (has_own_rules(directory) || state.kept.contains(directory)) continue;
    if (are_chosen_by_settings(marker, directory)) continue;
    SLIM_TRY(const Candidates candidates, candidates_in(marker, directory, most));
    const uint64_t bytes = bytes_of(candidates.added);
    if (state.spent + bytes > most) continue;
    state.spent += bytes;
    state.kept.insert(directory);
    for (const IndexEntry* plugin : candidates.plugins)
      marker.mark(*plugin, {"plugin", absolute(directory)});
  }
  return {};
}

}  // namespace slim::keepset::rules
