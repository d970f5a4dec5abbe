// SPDX-License-Identifier: Apache-2.0
// What a library knows of languages, a file each: DIRECTORY/LANGUAGE.dat. Of a directory in which one
// was looked for, those of the languages are kept that the application names or has texts in.
#include <algorithm>
#include <map>

#include "keepset/language_names.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::keepset::rules {
namespace {

// Fewer files that are called like languages may be anything.
constexpr size_t kFewest = 16;
// Of one directory, and of a source.
constexpr uint64_t kMostBytes = 4u << 20;
constexpr uint64_t kLargestSource = 256u << 10;
constexpr size_t kLongestName = 32;
// What others are differences to.
constexpr std::string_view kRoot = "root";

struct LanguageFilesState {
  using Place = std::pair<std::string, std::string>;  // a directory, and its files' ending
  std::set<std::string> own;                          // languages, as "pt_BR"
  std::map<Place, std::string> places;                // that hold languages, and the file looked for
  std::set<Place> other;
};

std::string_view stem_of(std::string_view path) {
  const std::string_view name = name_of(path);
  return name.substr(0, name.find('.'));
}

std::string_view ending_of(std::string_view path) {
  const std::string_view name = name_of(path);
  return name.substr(std::min(name.find('.'), name.size()));
}

std::string normal(std::string_view language) {
  std::string name(language);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// The literals of a line that are languages: all if there are more, one if the line speaks of them.
std::set<std::string> languages_in(std::string_view line) {
  std::set<std::string> found;
  for (size_t at = find_one_of(line, "'\""); at != std::string_view::npos;) {
    const size_t end = line.find(line[at], at + 1);
    if (end == std::string_view::npos) break;
    const std::string_view literal = line.substr(at + 1, end - at - 1);
    if (literal.size() <= kLongestName && is_language(normal(literal))) found.insert(normal(literal));
    at = find_one_of(line, "'\"", end + 1);
  }
  if (found.size() != 1) return found;
  const std::string lower = lower_case(line);
  const bool speaks = lower.find("lang") != std::string::npos ||
                      lower.find("locale") != std::string::npos;
  return speaks ? found : std::set<std::string>();
}

// The languages that the application's own files are named after, and those in its sources.
Result<void> read_own(Marker& marker, const IndexEntry& entry) {
  auto& own = marker.state<LanguageFilesState>().own;
  if (is_language(stem_of(entry.path))) own.insert(normal(stem_of(entry.path)));
  if (name_of(parent_of(entry.path)) == "LC_MESSAGES")
    own.insert(normal(name_of(parent_of(parent_of(entry.path)))));
  if (entry.size > kLargestSource) return {};
  SLIM_TRY(const std::string_view text, marker.content(entry));
  if (text.find('\0') != std::string_view::npos) return {};
  for (const std::string_view line : lines(text)) own.merge(languages_in(line));
  return {};
}

// Whether a language is another or a variant of it.
bool is_of(std::string_view variant, std::string_view language) {
  return variant.starts_with(language) &&
         (variant.size() == language.size() || variant[language.size()] == '_');
}

// The variants of a language are differences to it.
bool is_wanted(const std::set<std::string>& own, std::string_view stem) {
  const std::string name = normal(stem);
  return name == kRoot || std::any_of(own.begin(), own.end(), [&](const std::string& language) {
           return is_of(name, language) || is_of(language, name);
         });
}

// Whether files of an ending in a directory are called like languages, but for a few.
bool holds_languages(const Index& index, const std::string& directory, const std::string& ending) {
  size_t all = 0, languages = 0;
  for (const IndexEntry* child : index.children(directory)) {
    if (!is_file(*child) || ending_of(child->path) != ending) continue;
    ++all;
    languages += is_language(stem_of(child->path)) ? 1 : 0;
  }
  return languages >= kFewest && languages * 5 >= all * 4;
}

}  // namespace

Result<void> language_files(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  if (marker.own(entry)) return read_own(marker, entry);
  const std::string_view stem = stem_of(entry.path);
  if (!is_language(stem) || ending_of(entry.path).empty()) return {};
  auto& state = marker.state<LanguageFilesState>();
  const LanguageFilesState::Place place{parent_of(entry.path), ending_of(entry.path)};
  if (state.places.contains(place) || state.other.contains(place)) return {};
  if (!holds_languages(marker.index(), place.first, place.second)) {
    state.other.insert(place);
  } else {
    state.places.emplace(place, absolute(entry.path));
    state.own.insert(normal(stem));
  }
  return {};
}

// Once it is known which languages the application speaks of.
Result<void> language_file_sets(Marker& marker) {
  const auto& state = marker.state<LanguageFilesState>();
  for (const auto& [place, used] : state.places) {
    std::vector<const IndexEntry*> files;
    uint64_t bytes = 0;
    for (const IndexEntry* child : marker.index().children(place.first)) {
      if (!is_file(*child) || ending_of(child->path) != place.second ||
          !is_wanted(state.own, stem_of(child->path)))
        continue;
      files.push_back(child);
      bytes += child->size;
    }
    if (bytes > kMostBytes) continue;
    for (const IndexEntry* file : files) marker.mark(*file, {"language", used});
  }
  return {};
}

}  // namespace slim::keepset::rules
