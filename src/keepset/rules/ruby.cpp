// SPDX-License-Identifier: Apache-2.0
// Ruby loads much of a library when it is first asked for (autoload, require in a method), finds
// gems through their specifications, and character encodings in files of their own.
#include <algorithm>
#include <map>

#include "keepset/charsets.hpp"
#include "keepset/reach.hpp"
#include "keepset/ruby_source.hpp"
#include "keepset/rules.hpp"
#include "keepset/shebang.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::keepset::rules {
namespace {

struct RubyState {
  bool roots_known = false;
  std::set<std::string> roots;  // every directory of a load path in the image
  std::set<std::string> wanted;
  EntrySet imported;  // kept by this rule
  // Features of which one is chosen, in directories that are too large to be kept whole; by what.
  std::map<const IndexEntry*, const IndexEntry*, ByPath> parts;
  std::set<std::string> words;  // of the application's texts and of the environment, in small letters
  std::set<std::string, std::less<>> read;
};

// The package managers' own lazy parts install and publish gems; irb and rdoc are for a terminal.
constexpr std::string_view kTools[] = {"rubygems/", "bundler/", "irb/", "rdoc/"};
// About 20 KB each; what text is most often in. Others have to be seen.
constexpr std::string_view kEncodings[] = {
    "enc/iso_8859_1.so",   "enc/iso_8859_15.so",     "enc/utf_16be.so",
    "enc/utf_16le.so",     "enc/utf_32be.so",        "enc/utf_32le.so",
    "enc/windows_1252.so", "enc/trans/utf_16_32.so", "enc/trans/single_byte.so"};

// Of a directory of features of which one is chosen.
constexpr uint64_t kMostParts = 128u << 10;
constexpr uint64_t kLargestText = 256u << 10;

// What every Ruby loads (gem_prelude.rb).
constexpr std::string_view kFirst[] = {
    "did_you_mean.rb",  "did_you_mean", "did_you_mean/spell_checkers", "enc/encdb.so",
    "enc/trans/transdb.so", "error_highlight.rb", "error_highlight", "monitor.rb",
    "monitor.so", "rbconfig.rb", "rubygems.rb", "rubygems",
    "rubygems/core_ext", "rubygems/defaults", "rubygems/util", "syntax_suggest/core.rb"};

bool is_tool(std::string_view feature) {
  return std::any_of(std::begin(kTools), std::end(kTools), [&](std::string_view tool) {
    return feature.starts_with(tool) || feature == tool.substr(0, tool.size() - 1);
  });
}

bool is_ruby(std::string_view path) { return path.ends_with(".rb") || path.ends_with(".ru"); }

std::string_view stem_of(std::string_view path) { return path.substr(0, path.rfind('.')); }

// Some gems have a directory of their own name in lib, and that is what is searched
// (concurrent-ruby-1.1.6/lib/concurrent-ruby/concurrent/map.rb is "concurrent/map").
std::string inner_root_of(std::string_view path, const std::string& root) {
  const std::string name = ruby_gem_of(path).name;
  const std::string inner = join_path(root, name.substr(0, name.rfind('-')));
  return !name.empty() && path.starts_with(inner + "/") ? inner : std::string();
}

void find_roots(const Index& index, RubyState& state) {
  if (std::exchange(state.roots_known, true)) return;
  for (const auto& [path, entry] : index.entries()) {
    if (!is_file(entry) || !(path.ends_with(".rb") || path.ends_with(".so"))) continue;
    std::string root = ruby_root_of(path);
    if (root.empty()) continue;
    if (std::string inner = inner_root_of(path, root); !inner.empty())
      state.roots.insert(std::move(inner));
    state.roots.insert(std::move(root));
  }
}

// The files that a feature may be below a directory: "set", "set.rb" or "set.so".
std::vector<const IndexEntry*> files_of(const Index& index, const std::string& base) {
  std::vector<const IndexEntry*> files;
  for (const char* ending : {".rb", ".so", ""}) {
    const IndexEntry* entry = index.find(base + ending);
    const bool whole = *ending != '\0' || is_ruby(base) || base.ends_with(".so");
    if (entry != nullptr && whole && !is_directory(*entry)) files.push_back(entry);
  }
  return files;
}

void keep(Marker& marker, RubyState& state, const IndexEntry& file, const IndexEntry& by) {
  const Reason reason{"ruby-require", absolute(by.path)};
  const IndexEntry* target = marker.mark_path(file.path, reason);
  if (target != nullptr) state.imported.insert(target);
}

void want(Marker& marker, RubyState& state, const std::string& feature, const IndexEntry& by) {
  if (is_tool(feature) || !state.wanted.insert(feature).second) return;
  for (const std::string& root : state.roots) {
    for (const IndexEntry* file : files_of(marker.index(), join_path(root, feature))) {
      keep(marker, state, *file, by);
    }
  }
}

// A feature whose last part is made at run time is one of a few beside each other, or one of many, by a
// name that the application gives.
void want_parts(Marker& marker, RubyState& state, const std::string& directory,
                const IndexEntry& by) {
  std::vector<const IndexEntry*> parts;
  uint64_t bytes = 0;
  for (const IndexEntry* part : marker.index().children(directory)) {
    if (!is_file(*part) || !is_ruby(part->path)) continue;
    parts.push_back(part);
    bytes += part->size;
  }
  for (const IndexEntry* part : parts) {
    if (bytes > kMostParts)
      state.parts.emplace(part, &by);
    else
      keep(marker, state, *part, by);
  }
}

void read_words(RubyState& state, std::string_view text) {
  for (const std::string& word : identifiers_of(text)) state.words.insert(lower_case(word));
}

// A native extension names what it loads in its strings: psych.so asks for "psych/syntax_error".
Result<void> want_named_in(Marker& marker, RubyState& state, const IndexEntry& extension) {
  std::string prefix(name_of(extension.path));
  prefix.replace(prefix.size() - 3, 3, "/");
  SLIM_TRY(const std::string_view bytes, marker.content(extension));
  std::set<std::string> names;
  for (size_t at = bytes.find(prefix); at != std::string_view::npos;
       at = bytes.find(prefix, at + prefix.size())) {
    if (at == 0 || bytes[at - 1] != '\0') continue;
    const std::string_view rest = bytes.substr(at, 256);
    names.emplace(rest.substr(0, rest.find('\0')));
  }
  for (const std::string& name : names) want(marker, state, name, extension);
  return {};
}

void keep_gem(Marker& marker, const IndexEntry& entry) {
  const RubyGem gem = ruby_gem_of(entry.path);
  if (gem.name.empty()) return;
  const Reason reason{"ruby-gem", absolute(entry.path)};
  const std::string home(parent_of(gem.directory));
  for (const char* below : {"specifications/", "specifications/default/"}) {
    const std::string path = join_path(home, below + gem.name + ".gemspec");
    if (marker.index().find(path) != nullptr) marker.mark_path(path, reason);
  }
  // extensions/PLATFORM/VERSION/GEM/gem.build_complete: without it rubygems ignores the gem.
  for (const IndexEntry* platform : marker.index().children(join_path(home, "extensions"))) {
    for (const IndexEntry* version : marker.index().children(platform->path)) {
      const std::string path = join_path(join_path(version->path, gem.name), "gem.build_complete");
      if (marker.index().find(path) != nullptr) marker.mark_path(path, reason);
    }
  }
}

}  // namespace

Result<void> ruby_gem(Marker& marker, const IndexEntry& entry) {
  if (is_file(entry) && (is_ruby(entry.path) || entry.path.ends_with(".so"))) {
    keep_gem(marker, entry);
  }
  return {};
}

Result<void> ruby_requires(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  auto& state = marker.state<RubyState>();
  if (entry.path.ends_with(".so") && !ruby_root_of(entry.path).empty()) {
    find_roots(marker.index(), state);
    return want_named_in(marker, state, entry);
  }
  if (!is_ruby(entry.path)) {
    // As bin/ has them, without an ending.
    SLIM_TRY(const bool script, is_script_of(marker, entry, "ruby"));
    if (!script) return {};
  }
  const bool ran = marker.opened(entry) || marker.executed(entry);
  if (!ran && !marker.own(entry) && !state.imported.contains(&entry)) return {};
  const std::string root = ruby_root_of(entry.path);
  const std::string_view feature =
      root.empty() ? std::string_view() : std::string_view(entry.path).substr(root.size() + 1);
  if (is_tool(feature) || feature == "rubygems.rb") return {};
  find_roots(marker.index(), state);
  SLIM_TRY(const std::string_view source, marker.text(entry));
  for (const RubyRequire& found : ruby_requires_of(source)) {
    if (found.kind == RubyRequire::Kind::feature) {
      want(marker, state, found.name, entry);
      continue;
    }
    if (found.kind == RubyRequire::Kind::part) {
      for (const std::string& place : state.roots)
        want_parts(marker, state, join_path(place, found.name), entry);
      continue;
    }
    if (found.kind == RubyRequire::Kind::relative_part) {
      want_parts(marker, state, join_path(std::string(parent_of(entry.path)), found.name), entry);
      continue;
    }
    // A table of names is the library's own: beside it, never of another library.
    const bool named = found.kind == RubyRequire::Kind::named;
    if (named && root.empty()) continue;
    std::string place = named ? root : std::string(parent_of(entry.path));
    if (found.kind == RubyRequire::Kind::member) place = stem_of(entry.path);
    const std::string base = join_path(place, found.name);
    const rootfs::Resolution up = marker.index().resolve(std::string(parent_of(base)));
    if (up.outcome != rootfs::Resolution::Outcome::found) continue;
    for (const IndexEntry* file :
         files_of(marker.index(), join_path(up.entry->path, name_of(base)))) {
      keep(marker, state, *file, entry);
    }
  }
  return {};
}

// What the interpreter begins with, and what that loads: of the package manager only what finds gems.
Result<void> ruby_interpreter(Marker& marker, const IndexEntry& program) {
  auto& state = marker.state<RubyState>();
  find_roots(marker.index(), state);
  for (const std::string& root : state.roots) {
    for (const std::string_view first : kFirst) {
      const IndexEntry* file = marker.index().find(join_path(root, first));
      if (file != nullptr && is_file(*file)) keep(marker, state, *file, program);
      if (file == nullptr || !is_directory(*file)) continue;
      for (const IndexEntry* part : marker.index().children(file->path))
        if (is_file(*part) && is_ruby(part->path)) keep(marker, state, *part, program);
    }
  }
  return {};
}

Result<bool> ruby_inline(Marker& marker, const IndexEntry& by, const InlineSource& source) {
  auto& state = marker.state<RubyState>();
  find_roots(marker.index(), state);
  for (const std::string& module : source.modules) want(marker, state, module, by);
  for (const RubyRequire& found : ruby_requires_of(source.code))
    if (found.kind == RubyRequire::Kind::feature) want(marker, state, found.name, by);
  return true;
}

// Once it is known which texts are the application's: its sources and its settings.
Result<void> ruby_named_parts(Marker& marker) {
  auto& state = marker.state<RubyState>();
  if (state.parts.empty()) return {};
  if (state.read.empty())
    for (const std::string& variable : marker.options().environment) read_words(state, variable);
  for (const auto& [path, reasons] : marker.kept_paths()) {
    const IndexEntry* entry = marker.index().find(path);
    if (entry == nullptr || !is_file(*entry) || entry->size > kLargestText) continue;
    if (!is_of_application(marker, *entry) || !state.read.insert(path).second) continue;
    SLIM_TRY(const std::string_view text, marker.content(*entry));
    if (text.find('\0') == std::string_view::npos) read_words(state, text);
  }
  for (const auto& [part, by] : state.parts)
    if (state.words.contains(std::string(stem_of(name_of(part->path))))) keep(marker, state, *part, *by);
  return {};
}

// enc/encdb.so is what every Ruby opens; the encodings themselves follow on demand.
Result<void> ruby_encodings(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !entry.path.ends_with("/enc/encdb.so")) return {};
  const std::string root(parent_of(parent_of(entry.path)));
  marker.state<CharsetState>().ruby.emplace(parent_of(entry.path));
  for (const std::string_view encoding : kEncodings) {
    if (const IndexEntry* found = marker.index().find(join_path(root, encoding))) {
      marker.mark(*found, {"ruby-encoding", absolute(entry.path)});
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
