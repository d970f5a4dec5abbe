// SPDX-License-Identifier: Apache-2.0
// What the image's own scripts say that they do, in a branch that the run may not have taken. Here
// words are the reason to expect calls, so only those count that stand in scripts of a language whose
// interpreter was run, or loaded; reach_scripts.cpp asks which calls no word hints at.
#include <algorithm>
#include <set>
#include <string_view>

#include "keepset/java_archive.hpp"
#include "keepset/languages.hpp"
#include "keepset/packages.hpp"
#include "keepset/reach.hpp"
#include "keepset/settings.hpp"
#include "keepset/shebang.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"
#include "slim/trace/call_evidence.hpp"
#include "slim/trace/import_calls.hpp"
#include "slim/trace/script_calls.hpp"

namespace slim::keepset {
namespace {

constexpr uint64_t kLargestScript = 1u << 20;

using Languages = std::set<const Language*>;

// A program that has a language in it may have scripts in its settings, too. Those of packages are the same
// everywhere.
Result<const Language*> language_of_settings(Marker& marker, const IndexEntry& entry,
                                             const Languages& built_in) {
  if (built_in.empty() || !is_settings(entry) || !marker.opened(entry)) return nullptr;
  SLIM_TRY(const auto* packages, PackageDatabase::of(marker));
  return packages->owners(entry).empty() ? *built_in.begin() : nullptr;
}

// A script without an ending says by its first line what it is.
Result<const Language*> language_of(Marker& marker, const IndexEntry& entry,
                                    const Languages& languages) {
  for (const Language* language : languages)
    if (language->has_script(entry.path)) return language;
  if (name_of(entry.path).find('.') != std::string_view::npos) return nullptr;
  SLIM_TRY(const std::string_view text, marker.content(entry));
  const auto line = shebang_of(text);
  if (!line) return nullptr;
  for (const Language* language : languages)
    if (line->name().starts_with(language->interpreter)) return language;
  return nullptr;
}

// The packages of scripts in languages whose interpreters listened: these are the application, even if a
// distribution brought it.
Result<std::set<std::string>> packages_that_serve(Marker& marker) {
  Languages languages;
  for (const trace::SocketUse& use : marker.trace().sockets)
    if (use.action == trace::SocketAction::listen)
      languages.insert(language_of_program(name_of(use.process)));
  languages.erase(nullptr);
  std::set<std::string> found;
  if (languages.empty()) return found;
  SLIM_TRY(const auto* packages, PackageDatabase::of(marker));
  for (const trace::ExecUse& exec : marker.trace().execs) {
    const rootfs::Resolution script = marker.index().resolve(exec.path);
    if (script.outcome != rootfs::Resolution::Outcome::found || !is_file(*script.entry)) continue;
    SLIM_TRY(const Language* language, language_of(marker, *script.entry, languages));
    if (language == nullptr) continue;
    for (std::string& owner : packages->owners(*script.entry)) found.insert(std::move(owner));
  }
  return found;
}

Result<bool> is_of_package(Marker& marker, const IndexEntry& entry, const std::set<std::string>& names) {
  SLIM_TRY(const auto* packages, PackageDatabase::of(marker));
  const std::vector<std::string> owners = packages->owners(entry);
  return std::any_of(owners.begin(), owners.end(),
                     [&](const std::string& owner) { return names.contains(owner); });
}

// Tcl's way to start a program as a file that is read or written.
constexpr std::string_view kPipes[] = {"open |", "open \"|", "open {|", "open [list |"};
// A database's library by name, a class, a URL's scheme.
constexpr std::string_view kStores[] = {"sqlite", "SQLite", "gdbm", "GDBM"};

}  // namespace

Result<void> add_deeds(Marker& marker, bool has_store, std::set<std::string>& reachable) {
  const Languages built_in = languages_built_in(marker.trace());
  Languages languages = languages_in_use(marker.trace());
  for (const std::string& path : marker.executed_paths())  // in the run or some day
    if (const Language* language = language_of_program(name_of(path))) languages.insert(language);
  if (languages.empty()) return {};
  SLIM_TRY(const std::set<std::string> serving, packages_that_serve(marker));
  for (const auto& [path, reasons] : marker.kept_paths()) {
    const IndexEntry* entry = marker.index().find(path);
    if (entry == nullptr || !is_file(*entry) || !script_package_of(path).empty()) continue;
    SLIM_TRY(const Language* language, language_of_settings(marker, *entry, built_in));
    const bool is_others = is_installed(path) && !marker.own(*entry) && language == nullptr;
    if (is_others && serving.empty()) continue;
    if (is_others) {
      SLIM_TRY(const bool serves, is_of_package(marker, *entry, serving));
      if (!serves) continue;
    }
    SLIM_TRY(const JavaArchive* archive, marker.state<JavaArchives>().read(marker, *entry));
    if (archive == nullptr && entry->size > kLargestScript) continue;
    if (language == nullptr) {
      SLIM_TRY(language, language_of(marker, *entry, languages));
    }
    if (language == nullptr) continue;
    // What starts it is mostly documentation.
    if (is_others && !language->has_script(path)) continue;
    std::string_view text;  // of classes there is none
    if (archive == nullptr) {
      SLIM_TRY(text, marker.content(*entry));
    }
    std::set<std::string> named = archive != nullptr ? archive->names : identifiers_of(text);
    if (holds_one(text, kPipes)) named.insert("open|");
    if (names_one(named, language->programs)) reachable.emplace(trace::kStarts);
    if (names_one(named, language->network)) reachable.emplace(trace::kConnects);
    if (names_one(named, language->loops)) reachable.emplace(trace::kLoops);
    for (const std::string& call : trace::calls_of_script(named))
      reachable.emplace(trace::import_fact(trace::kScripted, call));
    const bool stores = has_store && holds_one(text, kStores);
    if (stores || names_one(named, language->files)) reachable.emplace(trace::kKeepsFiles);
  }
  return {};
}

}  // namespace slim::keepset
