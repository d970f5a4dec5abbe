// SPDX-License-Identifier: Apache-2.0
// PHP finds a class by its name when it is first used: in the packages that composer installed, or
// in a library of the distribution. A package of which a source was used is kept whole, with those
// that it needs and those that the application's own sources name classes of.

#include "keepset/composer.hpp"
#include "keepset/php_included.hpp"
#include "keepset/rules.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::keepset::rules {
namespace {

// Of a package. Larger ones are tables (time zones, countries, cloud services).
constexpr uint64_t kMostBytes = 16u << 20;
constexpr size_t kMostFiles = 8000;

// What a package has beside its sources; directly in its directory, as below that names are the
// namespace's.
constexpr std::string_view kNotSources[] = {".git", ".github",  "Tests", "doc",
                                            "docs", "examples", "test",  "tests"};

struct PackagesState {
  std::map<std::string, ComposerVendor> vendors;
  std::set<std::string, std::less<>> kept;  // directories
};

// The directory of a library's files: where its autoload.php is, else the first level; a file of
// that level (Mail.php) has the directory of its name.
std::string library_of(const Index& index, std::string_view path) {
  for (const std::string_view root : kPhpLibraries) {
    if (!path.starts_with(root) || !path.substr(root.size()).starts_with('/')) continue;
    std::string_view top = path;
    for (std::string_view up = parent_of(path); up != root; up = parent_of(up)) {
      if (index.find(join_path(up, "autoload.php")) != nullptr) return std::string(up);
      top = up;
    }
    return std::string(top.ends_with(".php") ? top.substr(0, top.size() - 4) : top);
  }
  return {};
}

// With all in it but tests and documentation.
void keep_directory(Marker& marker, const std::string& directory, const Reason& reason) {
  std::vector<const IndexEntry*> own;
  uint64_t bytes = 0;
  for (const IndexEntry* entry : marker.index().below(directory)) {
    const std::string_view rest = std::string_view(entry->path).substr(directory.size() + 1);
    const std::string_view first = rest.substr(0, rest.find('/'));
    if (is_one_of(first, kNotSources)) {
      continue;
    }
    own.push_back(entry);
    bytes += is_file(*entry) ? entry->size : 0;
  }
  if (bytes > kMostBytes || own.size() > kMostFiles) {
    marker.warn(absolute(directory) +
                " is large; of it only what the run used is kept (see --keep)");
    return;
  }
  for (const IndexEntry* entry : own) marker.mark(*entry, reason);
}

// A library's autoload.php maps classes to files after its own directory; those that are not in there,
// '/../Factory.php', belong to it, too.
Result<void> keep_mapped_outside(Marker& marker, const std::string& library, const Reason& reason) {
  const IndexEntry* loader = marker.index().find(join_path(library, "autoload.php"));
  if (loader == nullptr) return {};
  SLIM_TRY(const std::string_view text, marker.text(*loader));
  constexpr std::string_view kOutside = "'/../";
  for (size_t at = text.find(kOutside); at != std::string_view::npos; at = text.find(kOutside, at + 1)) {
    const std::string_view path = text.substr(at + 1, text.find('\'', at + 1) - at - 1);
    if (path.ends_with(".php")) marker.mark_if_there(join_path(library, path), reason);
  }
  return {};
}

// The autoloader itself: vendor/autoload.php and the files in vendor/composer.
void keep_autoloader(Marker& marker, const std::string& vendor, const Reason& reason) {
  marker.mark_path(join_path(vendor, "autoload.php"), reason);
  for (const IndexEntry* entry : marker.index().children(join_path(vendor, "composer"))) {
    if (is_file(*entry)) marker.mark(*entry, reason);
  }
}

void keep_package(Marker& marker, const std::string& vendor, const ComposerVendor& composer,
                  const ComposerVendor::Package& first, const Reason& reason) {
  auto& state = marker.state<PackagesState>();
  std::vector<const ComposerVendor::Package*> waiting{&first};
  while (!waiting.empty()) {
    const ComposerVendor::Package& package = *waiting.back();
    waiting.pop_back();
    if (!state.kept.insert(package.directory).second) continue;
    marker.mark_path(join_path(vendor, package.name), reason);  // may be a link to the directory
    keep_directory(marker, package.directory, reason);
    for (const std::string& need : package.needs) {
      if (const auto* other = composer.find(need)) waiting.push_back(other);
    }
  }
}

Result<const ComposerVendor*> vendor_at(Marker& marker, const std::string& path) {
  auto& vendors = marker.state<PackagesState>().vendors;
  auto found = vendors.find(path);
  if (found == vendors.end()) {
    SLIM_TRY(auto vendor, ComposerVendor::read(marker, path));
    found = vendors.emplace(path, std::move(vendor)).first;
  }
  return &found->second;
}

// Classes that a source of the application names, found as the autoloader does.
Result<void> keep_named(Marker& marker, const std::string& vendor, const IndexEntry& source) {
  SLIM_TRY(const std::string_view text, marker.text(source));
  const auto names = php_names_of(text);
  SLIM_TRY(const ComposerVendor* composer, vendor_at(marker, vendor));
  const std::string by = absolute(source.path);
  for (const std::string& name : names) {
    const IndexEntry* file = composer->file_of_class(marker.index(), name);
    if (file == nullptr) continue;
    keep_autoloader(marker, vendor, {"php-class", by});
    if (const auto* package = composer->package_of(file->path)) {
      keep_package(marker, vendor, *composer, *package, {"php-class", by});
    } else {
      marker.state<PhpIncluded>().files.insert(file);  // before it is marked: its own rules ask
      marker.mark(*file, {"php-class", by});
    }
  }
  return {};
}

}  // namespace

Result<void> php_packages(Marker& marker, const IndexEntry& entry) {
  SLIM_TRY(const bool source, is_php_source(marker, entry));
  if (!source) return {};
  const bool used = php_is_used(marker, entry);
  const Reason reason{"php-package", absolute(entry.path)};
  if (const std::string vendor = composer_vendor_of(marker.index(), entry.path); !vendor.empty()) {
    if (!used) return {};
    keep_autoloader(marker, vendor, reason);
    SLIM_TRY(const ComposerVendor* composer, vendor_at(marker, vendor));
    const auto* package = composer->package_of(entry.path);
    if (package != nullptr) keep_package(marker, vendor, *composer, *package, reason);
    return {};
  }
  if (const std::string library = library_of(marker.index(), entry.path); !library.empty()) {
    auto& kept = marker.state<PackagesState>().kept;
    if (!used || !kept.insert(library).second) return {};
    keep_directory(marker, library, reason);
    return keep_mapped_outside(marker, library, reason);
  }
  if (const std::string vendor = composer_vendor_for(marker.index(), entry.path); !vendor.empty()) {
    return keep_named(marker, vendor, entry);
  }
  return {};
}

}  // namespace slim::keepset::rules
