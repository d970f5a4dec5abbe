// SPDX-License-Identifier: Apache-2.0
// Texts that a program has in several languages, a directory each: DIRECTORY/LANGUAGE/TEXT. Of one
// that was read, in a language or as the template of all, the others are kept: another client asks for
// another language. So are those beside it, which are for other pages.
#include <map>
#include <set>

#include "keepset/language_names.hpp"
#include "keepset/rules.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::keepset::rules {
namespace {

// Of one directory, all texts in all languages together.
constexpr uint64_t kMostBytes = 4u << 20;
// Fewer directories that are called like languages may be anything.
constexpr size_t kFewest = 4;
// DIRECTORY/LANGUAGE/a/b/TEXT at most.
constexpr int kDeepest = 3;
// Of the language of the program's environment, which is the same at the next start, and manuals.
constexpr std::string_view kForeign[] = {"usr/share/locale", "usr/share/man"};

struct LanguagesState {
  struct Directory {
    std::vector<const IndexEntry*> languages;
    std::set<std::string, std::less<>> beside;  // languages of which all texts are kept
    uint64_t bytes = 0;                         // of texts that are kept by this rule
  };
  std::map<std::string, Directory, std::less<>> directories;
};

LanguagesState::Directory& directory_at(Marker& marker, std::string_view path) {
  auto& directories = marker.state<LanguagesState>().directories;
  const auto [found, fresh] = directories.try_emplace(std::string(path));
  if (!fresh) return found->second;
  for (const IndexEntry* child : marker.index().children(path))
    if (!is_file(*child) && is_language(name_of(child->path)))
      found->second.languages.push_back(child);
  return found->second;
}

// The same text in the languages that have directories of their own.
std::vector<const IndexEntry*> texts_in(const Marker& marker,
                                        const std::vector<const IndexEntry*>& languages,
                                        std::string_view text) {
  std::vector<const IndexEntry*> texts;
  for (const IndexEntry* language : languages) {
    const IndexEntry* entry = marker.index().find(join_path(language->path, text));
    if (entry != nullptr && is_file(*entry)) texts.push_back(entry);
  }
  return texts;
}

// Keeps texts that are not yet, unless they are too much.
bool keep_texts(Marker& marker, LanguagesState::Directory& place,
                const std::vector<const IndexEntry*>& texts, const Reason& reason) {
  uint64_t bytes = 0;
  for (const IndexEntry* text : texts) bytes += marker.kept(*text) ? 0 : text->size;
  if (place.bytes + bytes > kMostBytes) return false;
  place.bytes += bytes;
  for (const IndexEntry* text : texts) marker.mark(*text, reason);
  return true;
}

// What lies beside a text of a language: as much as is not too much, first of all of this language.
void keep_beside(Marker& marker, LanguagesState::Directory& place, std::string_view language,
                 const Reason& reason) {
  if (!place.beside.emplace(language).second) return;
  std::vector<const IndexEntry*> beside;
  for (const IndexEntry* child : marker.index().children(language))
    if (is_file(*child)) beside.push_back(child);
  if (!keep_texts(marker, place, beside, reason)) return;
  for (const IndexEntry* text : beside)
    keep_texts(marker, place, texts_in(marker, place.languages, name_of(text->path)), reason);
}

}  // namespace

Result<void> languages(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !marker.opened(entry)) return {};
  const Reason reason{"language", absolute(entry.path)};
  std::string_view top = parent_of(entry.path);
  for (int depth = 0; depth < kDeepest && !parent_of(top).empty(); ++depth, top = parent_of(top)) {
    const std::string_view directory = parent_of(top);
    if (is_one_of(directory, kForeign)) return {};
    auto& place = directory_at(marker, directory);
    const std::string_view text = std::string_view(entry.path).substr(top.size() + 1);
    const auto texts = texts_in(marker, place.languages, text);
    if (texts.size() < kFewest) continue;
    if (!keep_texts(marker, place, texts, reason)) return {};
    if (depth == 0 && is_language(name_of(top))) keep_beside(marker, place, top, reason);
    for (const IndexEntry* language : place.languages)
      if (is_symlink(*language)) marker.mark(*language, reason);
    return {};
  }
  return {};
}

}  // namespace slim::keepset::rules
