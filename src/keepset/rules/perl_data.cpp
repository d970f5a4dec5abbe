// SPDX-License-Identifier: Apache-2.0
// What Perl's modules load besides modules: objects, split subs, tables and character sets.
#include "keepset/charsets.hpp"
#include "keepset/perl_modules.hpp"
#include "keepset/perl_source.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kMostShared = 512u << 10;

// What a module reads from @INC by a path made at run time. Perls before 5.32 ask for utf8_heavy.pl
// when a regular expression first needs a property of characters.
struct Tables {
  std::string_view file, data;
};
constexpr Tables kTables[] = {{"utf8.pm", "utf8_heavy.pl"},
                              {"utf8_heavy.pl", "unicore/Heavy.pl"},
                              {"utf8_heavy.pl", "unicore/To"},
                              {"utf8_heavy.pl", "unicore/lib"},
                              {"Unicode/UCD.pm", "unicore"}};

// Small ones that text is often in; the others follow their names.
constexpr std::string_view kCommonEncodings[] = {"Encode::Byte", "Encode::Unicode"};

void keep_shared(Marker& marker, PerlModules& modules, const std::string& directory,
                 const IndexEntry& module) {
  const auto below = marker.index().below(directory);
  if (below.empty()) return;
  uint64_t bytes = 0;
  for (const IndexEntry* entry : below) bytes += is_file(*entry) ? entry->size : 0;
  if (bytes > kMostShared) {
    modules.shared.emplace(directory, &module);
    return;
  }
  for (const IndexEntry* entry : below) marker.mark(*entry, {"perl-data", absolute(module.path)});
}

void keep_objects(Marker& marker, const std::string& directory, const IndexEntry& module) {
  for (const IndexEntry* object : marker.index().children(directory)) {
    const std::string_view name = name_of(object->path);
    if (is_directory(*object)) continue;
    if (name.ends_with(".so") || name.ends_with(".al") || name.ends_with(".ix")) {
      marker.mark(*object, {"perl-object", absolute(module.path)});
    }
  }
}

}  // namespace

// auto/MODULE: what DynaLoader and AutoLoader load. auto/share: what File::ShareDir finds.
Result<void> perl_objects(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !(entry.path.ends_with(".pm") || entry.path.ends_with(".pl"))) return {};
  auto& modules = marker.state<PerlModules>();
  SLIM_TRY(const auto* roots, modules.roots(marker));
  for (const std::string& root : *roots) {
    if (!entry.path.starts_with(root + "/")) continue;
    const std::string file = entry.path.substr(root.size() + 1);
    const std::string module = file.substr(0, file.size() - 3);
    std::string distribution = module;
    for (char& c : distribution) c = c == '/' ? '-' : c;
    const bool beside = marker.index().find(join_path(root, "auto/" + module)) != nullptr;
    for (const std::string& place : *roots) {
      if (!beside || place == root) keep_objects(marker, join_path(place, "auto/" + module), entry);
      for (const char* kind : {"auto/share/dist/", "auto/share/module/"}) {
        keep_shared(marker, modules, join_path(place, kind + distribution), entry);
      }
      for (const Tables& tables : kTables) {
        if (tables.file != file) continue;
        const IndexEntry* data = marker.index().find(join_path(place, tables.data));
        if (data != nullptr) marker.mark_tree(*data, {"perl-data", absolute(entry.path)});
      }
    }
  }
  return {};
}

// Of large directories of shared files (a language each) those that the application names.
Result<void> perl_shared(Marker& marker) {
  auto& modules = marker.state<PerlModules>();
  for (const auto& [directory, module] : modules.shared) {
    for (const IndexEntry* entry : marker.index().below(directory)) {
      const std::string_view name = name_of(entry->path);
      if (!is_file(*entry) ||
          !modules.words.contains(std::string(name.substr(0, name.rfind('.'))))) {
        continue;
      }
      marker.mark(*entry, {"perl-data", absolute(module->path)});
    }
  }
  return {};
}

// Encode/Config.pm has the table of character sets: 'shiftjis' => 'Encode::JP'. Of those with large
// tables the ones that the application names.
Result<void> perl_encodings(Marker& marker) {
  auto& modules = marker.state<PerlModules>();
  SLIM_TRY(const auto* roots, modules.roots(marker));
  std::set<std::string> words;
  for (const std::string& word : modules.words) words.insert(normalised_charset(word));
  for (const std::string& root : *roots) {
    const IndexEntry* table = marker.index().find(join_path(root, "Encode/Config.pm"));
    if (table == nullptr || !marker.kept(*table)) continue;
    std::set<std::string> wanted(std::begin(kCommonEncodings), std::end(kCommonEncodings));
    SLIM_TRY(const std::string_view text, marker.text(*table));
    for (const std::string_view line : lines(text)) {
      const auto parts = split(trim(line), '\'');
      const bool pair = parts.size() >= 3 && parts[1].find("=>") != std::string_view::npos;
      if (pair && words.contains(normalised_charset(parts[0]))) wanted.emplace(parts[2]);
    }
    for (const std::string& module : wanted) SLIM_CHECK(modules.want(marker, module, *table));
  }
  return {};
}

}  // namespace slim::keepset::rules
