// SPDX-License-Identifier: Apache-2.0
#include "keepset/python_sites.hpp"

#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

std::string_view first_word_of(std::string_view text, std::string_view ends) {
  return trim(text.substr(0, text.find_first_of(ends)));
}

// Top-level modules as the metadata tells them: top_level.txt, else the first components of RECORD,
// else the distribution's own name.
Result<std::set<std::string>> modules_in(Marker& marker, const IndexEntry& metadata,
                                         const std::string& distribution) {
  std::set<std::string> modules{distribution};
  if (!is_directory(metadata)) return modules;
  if (const auto* list = marker.index().find(join_path(metadata.path, "top_level.txt"))) {
    SLIM_TRY(const std::string_view text, marker.text(*list));
    for (const std::string_view line : lines(text)) modules.insert(python_normalised(trim(line)));
    if (modules.size() > 1) return modules;
  }
  if (const auto* record = marker.index().find(join_path(metadata.path, "RECORD"))) {
    SLIM_TRY(const std::string_view text, marker.text(*record));
    for (std::string_view line : lines(text)) {
      if (line.starts_with('"')) line.remove_prefix(1);
      line = line.substr(0, line.find_first_of("/,"));
      if (line.empty() || line == ".." || line.find('-') != std::string_view::npos) continue;
      modules.insert(python_normalised(line.substr(0, line.find('.'))));
    }
  }
  return modules;
}

}  // namespace

std::string python_normalised(std::string_view name) {
  std::string result;
  for (const char c : name) {
    result += c == '-' || c == '.' ? '_' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  return result;
}

Result<const PythonSites::Site*> PythonSites::site(Marker& marker, std::string_view directory) {
  const auto [position, fresh] = sites_.try_emplace(std::string(directory));
  Site& site = position->second;
  if (!fresh) return &site;
  for (const IndexEntry* child : marker.index().children(directory)) {
    const std::string_view name = name_of(child->path);
    if (!name.ends_with(".dist-info") && !name.ends_with(".egg-info")) continue;
    const std::string distribution = python_normalised(
        first_word_of(name.substr(0, name.size() - std::string_view(".egg-info").size()), "-"));
    SLIM_TRY(const auto modules, modules_in(marker, *child, distribution));
    for (const std::string& module : modules) {
      site.by_module.emplace(module, child);
      site.modules.emplace(distribution, module);
    }
  }
  return &site;
}

Result<std::vector<const IndexEntry*>> PythonSites::metadata_of(Marker& marker,
                                                                std::string_view directory,
                                                                std::string_view module) {
  SLIM_TRY(const Site* found, site(marker, directory));
  std::vector<const IndexEntry*> metadata;
  const auto [begin, end] = found->by_module.equal_range(python_normalised(module));
  for (auto each = begin; each != end; ++each) metadata.push_back(each->second);
  return metadata;
}

Result<std::set<std::string>> PythonSites::modules_of(Marker& marker, std::string_view directory,
                                                      std::string_view distribution) {
  SLIM_TRY(const Site* found, site(marker, directory));
  std::set<std::string> modules;
  const auto [begin, end] = found->modules.equal_range(python_normalised(distribution));
  for (auto each = begin; each != end; ++each) modules.insert(each->second);
  return modules;
}

Result<PythonDistribution> python_distribution(Marker& marker, const IndexEntry& metadata) {
  constexpr std::string_view kRequires = "Requires-Dist:";
  constexpr std::string_view kNotName = " \t;(<>=!~[";
  PythonDistribution distribution;
  if (!is_directory(metadata)) return distribution;
  const auto text_of = [&](std::string_view name) -> Result<std::string_view> {
    const IndexEntry* file = marker.index().find(join_path(metadata.path, name));
    return file == nullptr ? Result<std::string_view>("") : marker.text(*file);
  };
  SLIM_TRY(const std::string_view description, text_of("METADATA"));
  for (const std::string_view line : lines(description)) {
    if (line.empty()) break;  // what follows is a text for people
    if (!line.starts_with(kRequires) || line.find("extra") != std::string_view::npos) continue;
    distribution.needs.emplace(first_word_of(trim(line.substr(kRequires.size())), kNotName));
  }
  SLIM_TRY(const std::string_view requirements, text_of("requires.txt"));
  for (const std::string_view line : lines(requirements)) {
    if (line.starts_with('[')) break;  // of an extra, or on a condition
    if (!trim(line).empty()) distribution.needs.emplace(first_word_of(trim(line), kNotName));
  }
  SLIM_TRY(const std::string_view entry_points, text_of("entry_points.txt"));
  bool programs = false;
  for (const std::string_view line : lines(entry_points)) {
    if (line.starts_with('[')) programs = trim(line) == "[console_scripts]";
    const size_t equals = line.find('=');
    if (!programs || equals == std::string_view::npos) continue;
    distribution.programs.emplace(trim(line.substr(0, equals)),
                                  first_word_of(trim(line.substr(equals + 1)), ":[ "));
  }
  return distribution;
}

}  // namespace slim::keepset
