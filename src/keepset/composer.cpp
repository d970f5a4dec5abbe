// SPDX-License-Identifier: Apache-2.0
#include "keepset/composer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kMark = "composer/autoload_psr4.php";

const IndexEntry* found_at(const Index& index, const std::string& path) {
  const rootfs::Resolution found = index.resolve(path);
  return found.outcome == rootfs::Resolution::Outcome::found ? found.entry : nullptr;
}

Result<std::string> text_at(Marker& marker, const std::string& path) {
  const IndexEntry* entry = found_at(marker.index(), path);
  if (entry == nullptr) return std::string();
  SLIM_TRY(const std::string_view text, marker.text(*entry));
  return std::string(text);
}

std::string with_slashes(std::string_view name) {
  std::string path(name);
  std::replace(path.begin(), path.end(), '\\', '/');
  return path;
}

// PSR-0: underscores of the class, not of its namespace, are directories too.
std::string psr0_path(std::string_view name) {
  std::string path = with_slashes(name);
  const size_t slash = path.rfind('/');
  std::replace(path.begin() + static_cast<ptrdiff_t>(slash == std::string::npos ? 0 : slash),
               path.end(), '_', '/');
  return path;
}

Result<std::vector<ComposerMapping>> mappings(Marker& marker, const std::string& vendor,
                                              std::string_view file) {
  SLIM_TRY(const std::string text, text_at(marker, join_path(join_path(vendor, "composer"), file)));
  auto found = composer_mappings_of(text, vendor);
  // The autoloader takes the longest prefix first.
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.name.size() > b.name.size(); });
  return found;
}

}  // namespace

std::string composer_vendor_of(const Index& index, std::string_view path) {
  for (std::string_view up = parent_of(path); !up.empty(); up = parent_of(up)) {
    if (index.find(join_path(up, kMark)) != nullptr) return std::string(up);
  }
  return {};
}

std::string composer_vendor_for(const Index& index, std::string_view path) {
  for (std::string_view up = parent_of(path); !up.empty(); up = parent_of(up)) {
    std::string vendor = join_path(up, "vendor");
    if (index.find(join_path(vendor, kMark)) != nullptr) return vendor;
  }
  return {};
}

Result<ComposerVendor> ComposerVendor::read(Marker& marker, const std::string& vendor) {
  ComposerVendor composer;
  SLIM_CHECK(composer.read_packages(marker, vendor));
  SLIM_TRY(const auto classes, mappings(marker, vendor, "autoload_classmap.php"));
  for (const ComposerMapping& each : classes) composer.classes_.emplace(each.name, each.paths[0]);
  SLIM_TRY(composer.psr4_, mappings(marker, vendor, "autoload_psr4.php"));
  SLIM_TRY(composer.psr0_, mappings(marker, vendor, "autoload_namespaces.php"));
  return composer;
}

// installed.json: {"packages": [...]}, of composer 1 the list alone, which has no install-path.
Result<void> ComposerVendor::read_packages(Marker& marker, const std::string& vendor) {
  const std::string composer = join_path(vendor, "composer");
  SLIM_TRY(const std::string text, text_at(marker, join_path(composer, "installed.json")));
  Json installed = Json::parse(text, nullptr, false);
  if (installed.is_object() && installed.contains("packages")) {
    installed = Json(installed["packages"]);
  }
  if (!installed.is_array()) return {};
  for (const Json& each : installed) {
    if (!each.is_object() || !each.contains("name") || !each["name"].is_string()) continue;
    Package package{each["name"].get<std::string>(), {}, {}};
    package.directory = join_path(vendor, package.name);
    if (each.contains("install-path") && each["install-path"].is_string()) {
      package.directory = join_path(composer, each["install-path"].get<std::string>());
    }
    const IndexEntry* directory = found_at(marker.index(), package.directory);
    if (directory == nullptr || !is_directory(*directory)) continue;
    package.directory = directory->path;
    if (each.contains("require") && each["require"].is_object()) {
      for (const auto& need : each["require"].items()) package.needs.push_back(need.key());
    }
    by_directory_.emplace(package.directory, package.name);
    packages_.emplace(package.name, std::move(package));
  }
  return {};
}

const ComposerVendor::Package* ComposerVendor::find(const std::string& name) const {
  const auto found = packages_.find(name);
  return found == packages_.end() ? nullptr : &found->second;
}

const ComposerVendor::Package* ComposerVendor::package_of(std::string_view path) const {
  for (std::string_view up = parent_of(path); !up.empty(); up = parent_of(up)) {
    const auto found = by_directory_.find(up);
    if (found != by_directory_.end()) return find(found->second);
  }
  return nullptr;
}

const IndexEntry* ComposerVendor::file_of_class(const Index& index, std::string_view name) const {
  const auto file_at = [&](const std::string& path) {
    const IndexEntry* entry = found_at(index, path);
    return entry != nullptr && is_file(*entry) ? entry : nullptr;
  };
  if (const auto file = classes_.find(name); file != classes_.end()) return file_at(file->second);
  for (const ComposerMapping& mapping : psr4_) {
    if (!name.starts_with(mapping.name)) continue;
    for (const std::string& path : mapping.paths) {
      const std::string rest = with_slashes(name.substr(mapping.name.size())) + ".php";
      if (const IndexEntry* file = file_at(join_path(path, rest))) return file;
    }
  }
  for (const ComposerMapping& mapping : psr0_) {
    if (!name.starts_with(mapping.name)) continue;
    for (const std::string& path : mapping.paths) {
      if (const IndexEntry* file = file_at(join_path(path, psr0_path(name) + ".php"))) return file;
    }
  }
  return nullptr;
}

}  // namespace slim::keepset
