// SPDX-License-Identifier: Apache-2.0
#include "keepset/plugins.hpp"

#include <algorithm>

#include "keepset/libraries.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

constexpr std::string_view kEnding = ".so";
constexpr std::string_view kLibraries[] = {"lib",     "lib32",     "lib64",     "usr/lib",
                                           "usr/lib32", "usr/lib64", "usr/local/lib"};
constexpr std::string_view kOwnRules[] = {"/erlang/", "/gconv/", "/jvm/",          "/lua/",
                                          "/node",    "/perl",   "/php/",          "/python",
                                          "/ruby/",   "/R/",     "/ossl-modules/", "/engines-",
                                          "/security/"};
// What modules are called besides their name.
constexpr std::string_view kBefore[] = {"lib", "mod_"};
constexpr std::string_view kAfter[] = {"_plugin", "-plugin", "_module"};
constexpr size_t kShortestWord = 3;

std::string name_without_ending(const IndexEntry& plugin) {
  std::string name(name_of(plugin.path));
  name.resize(name.size() - kEnding.size());
  return name;
}

std::vector<const IndexEntry*> plugins_in(const Marker& marker, std::string_view directory) {
  std::vector<const IndexEntry*> plugins;
  for (const IndexEntry* entry : marker.index().children(directory))
    if (!is_directory(*entry) && entry->path.ends_with(kEnding)) plugins.push_back(entry);
  return plugins;
}

// The name as it is, and with more and more left out.
std::set<std::string> words_for(std::string name) {
  std::set<std::string> words{name};
  for (const std::string_view before : kBefore) {
    if (name.starts_with(before)) name.erase(0, before.size());
    words.insert(name);
  }
  // A number by which modules are put in order.
  const size_t digits = name.find_first_not_of("0123456789");
  if (digits != std::string::npos && digits > 0 && name[digits] == '_') name.erase(0, digits + 1);
  words.insert(name);
  for (const std::string_view after : kAfter)
    if (name.ends_with(after)) name.resize(name.size() - after.size());
  words.insert(name);
  std::erase_if(words, [](const std::string& word) { return word.size() < kShortestWord; });
  return words;
}

// Directories that are whole strings of an ELF file, and those in them.
Result<void> add_built_in(Marker& marker, const IndexEntry& entry, std::set<std::string>& directories) {
  SLIM_TRY(const std::string_view content, marker.content(entry));
  if (!content.starts_with("\x7f" "ELF")) return {};
  for (const std::string& path : built_in_paths(content, "/lib")) {
    const rootfs::Resolution found = marker.index().resolve(path);
    if (found.outcome != rootfs::Resolution::Outcome::found || !is_directory(*found.entry)) continue;
    if (has_libraries(found.entry->path)) continue;
    directories.insert(found.entry->path);
    for (const IndexEntry* below : marker.index().children(found.entry->path))
      if (is_directory(*below)) directories.insert(below->path);
  }
  return {};
}

}  // namespace

bool has_libraries(std::string_view directory) {
  return directory.ends_with("-linux-gnu") || directory.ends_with("-linux-musl") ||
         is_one_of(directory, kLibraries);
}

bool has_own_rules(std::string_view directory) {
  const std::string slashed = absolute(directory) + "/";
  return std::any_of(std::begin(kOwnRules), std::end(kOwnRules), [&](std::string_view part) {
    return slashed.find(part) != std::string::npos;
  });
}

const std::set<std::string>& Plugins::loaded_from(const Marker& marker) {
  if (loaded_from_) return *loaded_from_;
  loaded_from_.emplace();
  for (const auto& [path, use] : marker.trace().files) {
    if ((use.access & trace::kMapped) == 0 || !path.ends_with(kEnding)) continue;
    const std::string_view directory = parent_of(std::string_view(path).substr(1));
    if (!has_libraries(directory)) loaded_from_->emplace(directory);
  }
  return *loaded_from_;
}

const Plugins::ByName& Plugins::beside_loaded(const Marker& marker) {
  if (beside_loaded_) return *beside_loaded_;
  beside_loaded_.emplace();
  for (const std::string& directory : loaded_from(marker))
    for (const IndexEntry* plugin : plugins_in(marker, directory))
      (*beside_loaded_)[name_without_ending(*plugin)].push_back(plugin);
  return *beside_loaded_;
}

Result<const Plugins::ByName*> Plugins::by_word(Marker& marker) {
  if (by_word_) return &*by_word_;
  std::set<std::string> directories = loaded_from(marker);
  for (const auto& [path, use] : marker.trace().files) {
    if ((use.access & (trace::kMapped | trace::kExecuted)) == 0) continue;
    const IndexEntry* entry = marker.index().find(std::string_view(path).substr(1));
    if (entry == nullptr || !is_file(*entry)) continue;
    SLIM_CHECK(add_built_in(marker, *entry, directories));
  }
  by_word_.emplace();
  for (const std::string& directory : directories) {
    if (has_own_rules(directory)) continue;
    for (const IndexEntry* plugin : plugins_in(marker, directory))
      for (const std::string& word : words_for(name_without_ending(*plugin)))
        (*by_word_)[word].push_back(plugin);
  }
  return &*by_word_;
}

uint64_t used_bytes(const Marker& marker) {
  uint64_t bytes = 0;
  for (const auto& [path, use] : marker.trace().files) {
    const IndexEntry* entry = marker.index().find(std::string_view(path).substr(1));
    if (entry != nullptr && is_file(*entry)) bytes += entry->size;
  }
  return bytes;
}

Result<std::optional<EntrySet>> added_with(Marker& marker, const IndexEntry& object) {
  auto& libraries = marker.state<Libraries>();
  std::vector<const IndexEntry*> waiting{&object};
  EntrySet added;
  while (!waiting.empty()) {
    const IndexEntry& entry = *waiting.back();
    waiting.pop_back();
    if (marker.kept(entry) || !added.insert(&entry).second) continue;
    SLIM_TRY(const ElfFile* file, libraries.elf(marker, entry));
    if (file == nullptr) return std::optional<EntrySet>();
    for (const std::string& name : file->needed) {
      SLIM_TRY(const auto paths, libraries.find(marker, name, entry, *file, {}));
      if (paths.empty()) return std::optional<EntrySet>();
      for (const std::string& path : paths)
        waiting.push_back(marker.index().resolve(path).entry);
    }
  }
  return std::optional<EntrySet>(std::move(added));
}

uint64_t bytes_of(const EntrySet& entries) {
  uint64_t bytes = 0;
  for (const IndexEntry* entry : entries) bytes += entry->size;
  return bytes;
}

}  // namespace slim::keepset
