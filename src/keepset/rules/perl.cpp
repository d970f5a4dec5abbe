// SPDX-License-Identifier: Apache-2.0
// Perl loads much of a library when it is first called: `require` in a sub, and plug-ins by a name
// that is made at run time out of the library's prefix and a word of the application.
#include "keepset/perl_modules.hpp"
#include "keepset/perl_source.hpp"
#include "keepset/rules.hpp"
#include "keepset/shebang.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// A name space with more in it (time zones, locales) is a table: of it only what is named.
constexpr size_t kMostPlugins = 64;
constexpr uint64_t kMostPluginBytes = 128u << 10;

bool is_perl(std::string_view path) {
  for (const std::string_view ending : {".pm", ".pl", ".psgi", ".cgi", ".al"}) {
    if (path.ends_with(ending)) return true;
  }
  return false;
}

// Character sets have their own rule: the tables of East Asian ones are 2 MB each.
bool is_encoding(std::string_view module) { return module.starts_with("Encode::"); }

// Plack::Request for usr/share/perl5/Plack/Request.pm; empty for a script.
std::string module_of(std::string_view path, std::string_view source) {
  const std::string root = perl_root_of(path, source);
  if (root.empty()) return {};
  std::string module;
  for (const std::string_view part :
       components(path.substr(root.size(), path.size() - root.size() - 3))) {
    module.append(module.empty() ? "" : "::").append(part);
  }
  return module;
}

Result<void> keep_plugins(Marker& marker, PerlModules& modules, const std::string& space,
                          const IndexEntry& by) {
  std::string below = perl_file_of(space);
  below.erase(below.size() - 3);
  std::vector<const IndexEntry*> plugins;
  uint64_t bytes = 0;
  SLIM_TRY(const auto* roots, modules.roots(marker));
  for (const std::string& root : *roots) {
    for (const IndexEntry* entry : marker.index().children(join_path(root, below))) {
      if (!is_perl(entry->path)) continue;
      plugins.push_back(entry);
      bytes += entry->size;
    }
  }
  if (plugins.size() > kMostPlugins || bytes > kMostPluginBytes) return {};
  for (const IndexEntry* plugin : plugins) {
    modules.plugins.insert(plugin);
    marker.mark(*plugin, {"perl-require", absolute(by.path)});
  }
  return {};
}

// A source whose names are followed.
struct Source {
  const IndexEntry& file;
  std::string module;  // empty for a script
  bool own;            // the application's
  bool ran;
  bool imported;  // kept for what names it
};

Result<void> follow_names(Marker& marker, std::string_view text, const Source& in) {
  auto& modules = marker.state<PerlModules>();
  const auto names = perl_names_of(text);
  const auto of_syntax = in.own || in.imported ? perl_modules_of_syntax(text) : std::vector<std::string>();
  if (in.own)  // the last use of the text: what follows reads others
    for (const std::string& directory : perl_directories_of(text)) modules.add_root(marker, directory);
  for (const std::string& module : of_syntax) SLIM_CHECK(modules.want(marker, module, in.file));
  SLIM_TRY(const std::string library, modules.library_of(marker, in.module));
  for (const PerlName& name : names) {
    using Kind = PerlName::Kind;
    using When = PerlName::When;
    const bool literal = name.kind == Kind::named || name.kind == Kind::word;
    if (in.own && literal) modules.words.insert(name.name);
    const bool loads = name.kind == Kind::module &&
                       ((in.imported && name.when == When::loaded) ||
                        ((in.ran || modules.named.contains(&in.file)) && name.when == When::called));
    SLIM_TRY(const std::string other, modules.library_of(marker, name.name));
    const bool same = in.own || other == library;
    if (name.kind == Kind::file) {
      SLIM_CHECK(modules.want_file(marker, name.name, in.file));
    } else if (loads || (same && name.kind == Kind::module) ||
               (same && name.kind == Kind::named && !is_encoding(name.name))) {
      const bool needed = name.kind == Kind::module && in.imported && name.when == When::loaded;
      SLIM_CHECK(modules.want(marker, name.name, in.file, needed));
    } else if (name.kind == Kind::space && !is_encoding(name.name + "::")) {
      modules.spaces.emplace(name.name, &in.file);
    }
  }
  return {};
}

}  // namespace

// Of an application's own sources all names are followed. What a library loads when it is loaded, a
// module that ran has loaded; what that loads when it is called follows, unless it may be missing, and
// so it does of one that is named where no Perl ran.
// Of anything else, only the library's own parts. A module that did not run comes with what it
// loads itself, unless it is a plug-in that nobody names.
Result<void> perl_requires(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  if (!is_perl(entry.path)) {
    // As bin/ has them, without an ending.
    SLIM_TRY(const bool script, is_script_of(marker, entry, "perl"));
    if (!script) return {};
  }
  auto& modules = marker.state<PerlModules>();
  const bool own = !perl_is_installed(entry.path);
  const bool ran = marker.opened(entry) || marker.executed(entry);
  const bool imported = modules.imported.contains(&entry);
  if (!ran && !own && !imported && !modules.plugins.contains(&entry)) return {};
  SLIM_TRY(const auto* roots, modules.roots(marker));
  if (roots->empty()) {
    modules.waiting.insert(&entry);
    return {};
  }
  SLIM_TRY(const std::string_view source, marker.text(entry));
  const std::string module = module_of(entry.path, source);
  return follow_names(marker, source, {entry, module, own, ran, imported});
}

Result<void> perl_interpreter(Marker& marker, const IndexEntry& file) {
  auto& modules = marker.state<PerlModules>();
  SLIM_CHECK(modules.roots(marker));
  return modules.add_built_in_roots(marker, file);
}

Result<bool> perl_inline(Marker& marker, const IndexEntry& by, const InlineSource& source) {
  auto& modules = marker.state<PerlModules>();
  SLIM_TRY(const auto* roots, modules.roots(marker));
  if (roots->empty()) return false;
  // What perl -E begins with.
  SLIM_CHECK(modules.want(marker, "feature", by));
  for (const std::string& module : source.modules) SLIM_CHECK(modules.want(marker, module, by, true));
  SLIM_CHECK(follow_names(marker, source.code, {by, {}, true, false, false}));
  return true;
}

// Names that are made at run time, once all sources have been read out of which they may be.
Result<void> perl_plugins(Marker& marker) {
  auto& modules = marker.state<PerlModules>();
  for (const IndexEntry* source : std::exchange(modules.waiting, {}))
    SLIM_CHECK(perl_requires(marker, *source));
  for (const auto& [space, by] : modules.spaces) {
    for (const std::string& word : modules.words) {
      std::string module = space;
      size_t at = 0;
      // "Europe/Berlin" is DateTime::TimeZone::Europe::Berlin.
      for (size_t end = 0; end != std::string::npos; at = end + 1) {
        end = word.find_first_of(":/", at);
        if (end != at) module.append("::").append(word, at, end - at);
      }
      SLIM_CHECK(modules.want(marker, module, *by));
    }
    SLIM_CHECK(keep_plugins(marker, modules, space, *by));
  }
  return {};
}

}  // namespace slim::keepset::rules
