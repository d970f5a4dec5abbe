// SPDX-License-Identifier: Apache-2.0
// Character sets that the application's own scripts name: what converts them is loaded when the first
// text in one of them comes.
#include <algorithm>

#include "keepset/charsets.hpp"
#include "keepset/languages.hpp"
#include "keepset/python_importer.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Node.js has its character sets in itself; Lua's sources are text, mostly.
bool may_convert(std::string_view path) {
  const auto all = keepset::languages();
  return std::any_of(all.begin(), all.end(), [&](const Language& language) {
    const bool is_text = language.scripts == Language::Scripts::text || language.interpreter == "lua";
    return is_text && language.interpreter != "node" && language.has_script(path);
  });
}

Result<void> keep_python(Marker& marker, const std::string& directory) {
  const IndexEntry* table = marker.index().find(join_path(directory, "aliases.py"));
  if (table == nullptr || !is_file(*table)) return {};
  SLIM_TRY(const std::string_view text, marker.text(*table));
  auto modules = python_charset_aliases(text);
  for (const IndexEntry* child : marker.index().children(directory)) {
    const std::string_view name = name_of(child->path);
    if (!name.ends_with(".py")) continue;
    const std::string_view module = name.substr(0, name.size() - 3);
    modules.emplace(normalised_charset(module), module);
  }
  for (const auto& [charset, source] : marker.state<CharsetState>().named) {
    const auto module = modules.find(charset);
    const IndexEntry* by = marker.index().find(source);
    if (!source.ends_with(".py") || module == modules.end() || by == nullptr) continue;
    marker.state<PythonImporter>().want(marker, "encodings." + module->second, *by, Need::likely);
  }
  return {};
}

Result<void> keep_iconv(Marker& marker, const std::string& directory) {
  const std::string tables = join_path(directory, "gconv-modules");
  GconvTable table;
  const auto read = [&](const IndexEntry& entry) -> Result<void> {
    SLIM_TRY(const std::string_view text, marker.text(entry));
    table.read(text);
    return {};
  };
  const IndexEntry* main = marker.index().find(tables);
  if (main == nullptr || !is_file(*main)) return {};
  SLIM_CHECK(read(*main));
  for (const IndexEntry* more : marker.index().children(tables + ".d"))
    if (is_file(*more) && more->path.ends_with(".conf")) SLIM_CHECK(read(*more));
  for (const auto& [charset, source] : marker.state<CharsetState>().iconv) {
    for (const std::string& module : table.modules_of(charset)) {
      const IndexEntry* file = marker.index().find(join_path(directory, module + ".so"));
      if (file != nullptr) marker.mark(*file, {"charset", absolute(source)});
    }
  }
  return {};
}

// Ruby's encodings have their names, and its transcoders the names of what they convert; nearly all
// of them to or from UTF-8.
Result<void> keep_ruby(Marker& marker, const std::string& directory) {
  const auto& named = marker.state<CharsetState>().named;
  const auto keep = [&](const IndexEntry& file, std::string_view charset) {
    const auto found = named.find(normalised_charset(charset));
    if (found != named.end() && found->second.ends_with(".rb"))
      marker.mark(file, {"charset", absolute(found->second)});
  };
  for (const IndexEntry* encoding : marker.index().children(directory)) {
    const std::string_view name = name_of(encoding->path);
    if (name.ends_with(".so")) keep(*encoding, name.substr(0, name.size() - 3));
  }
  for (const IndexEntry* transcoder : marker.index().children(join_path(directory, "trans"))) {
    if (!is_file(*transcoder) || marker.opened(*transcoder)) continue;
    SLIM_TRY(const std::string_view content, marker.content(*transcoder));
    for (const std::string_view part : split(content, '\0'))
      if (part.size() <= kLongestCharset && part != "UTF-8") keep(*transcoder, part);
  }
  return {};
}

}  // namespace

Result<void> charset_names(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !marker.own(entry) || !may_convert(entry.path)) return {};
  SLIM_TRY(const std::string_view source, marker.text(entry));
  auto& state = marker.state<CharsetState>();
  const bool converts = has_word(source, "iconv");
  const auto found = quoted_charsets(source);
  for (const std::string& name : found) {
    state.named.emplace(name, entry.path);
    if (converts) state.iconv.emplace(name, entry.path);
  }
  return {};
}

Result<void> named_charsets(Marker& marker) {
  const auto& state = marker.state<CharsetState>();
  if (state.named.empty()) return {};
  for (const std::string& directory : state.python) SLIM_CHECK(keep_python(marker, directory));
  for (const std::string& directory : state.ruby) SLIM_CHECK(keep_ruby(marker, directory));
  if (state.iconv.empty()) return {};
  for (const std::string& directory : gconv_directories(marker.index()))
    SLIM_CHECK(keep_iconv(marker, directory));
  return {};
}

}  // namespace slim::keepset::rules
