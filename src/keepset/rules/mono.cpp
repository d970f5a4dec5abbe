// SPDX-License-Identifier: Apache-2.0
// Mono loads an assembly when a method that uses it is compiled, and the libraries that its settings
// map names to when they are first called. What assemblies that ran refer to is kept (ECMA-335
// II.22.5: by name, in the heap of strings), with what that refers to.
#include <map>
#include <utility>

#include "keepset/rules.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kCache = "/gac/";
constexpr std::string_view kMetadata = "BSJB";  // ECMA-335 II.24.2.1
constexpr std::string_view kLibraries = "$mono_libdir/";
constexpr std::string_view kPlaces[] = {"/usr/lib", "/usr/local/lib"};

struct MonoState {
  bool known = false;
  std::multimap<std::string, const IndexEntry*> assemblies;  // of the cache, by name
  EntrySet referred;
};

// …/gac/NAME/VERSION/NAME.dll.
void find_assemblies(const Index& index, MonoState& state) {
  if (std::exchange(state.known, true)) return;
  for (const auto& [path, entry] : index.entries()) {
    if (!is_file(entry) || !path.ends_with(".dll") || path.find(kCache) == std::string::npos)
      continue;
    state.assemblies.emplace(name_of(path).substr(0, name_of(path).size() - 4), &entry);
  }
}

Result<void> keep_references(Marker& marker, const IndexEntry& entry) {
  auto& state = marker.state<MonoState>();
  SLIM_TRY(const std::string_view content, marker.content(entry));
  if (content.find(kMetadata) == std::string_view::npos) return {};
  find_assemblies(marker.index(), state);
  for (const auto& [name, assembly] : state.assemblies) {
    const std::string reference = '\0' + name + '\0';
    if (content.find(reference) == std::string_view::npos) continue;
    state.referred.insert(assembly);  // before it is marked: its own rules ask
    marker.mark(*assembly, {"mono-assembly", absolute(entry.path)});
  }
  return {};
}

Result<void> keep_mapped(Marker& marker, const IndexEntry& settings) {
  SLIM_TRY(const std::string_view text, marker.text(settings));
  for (size_t at = text.find(kLibraries); at != std::string_view::npos;
       at = text.find(kLibraries, at + 1)) {
    const size_t begin = at + kLibraries.size();
    const std::string_view name = text.substr(begin, text.find('"', begin) - begin);
    for (const std::string_view place : kPlaces)
      marker.mark_if_there(join_path(place, name), {"mono-library", absolute(settings.path)});
  }
  return {};
}

}  // namespace

Result<void> mono_assemblies(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  if (entry.path.ends_with("/mono/config") && marker.opened(entry))
    return keep_mapped(marker, entry);
  if (!entry.path.ends_with(".dll") && !entry.path.ends_with(".exe")) return {};
  const bool used = marker.opened(entry) || marker.own(entry) ||
                    marker.state<MonoState>().referred.contains(&entry);
  return used ? keep_references(marker, entry) : Result<void>();
}

}  // namespace slim::keepset::rules
