// SPDX-License-Identifier: Apache-2.0
#include "keepset/python_modules.hpp"

#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {

std::string source_of_bytecode(std::string_view path) {
  if (!path.ends_with(".pyc")) return {};
  const std::string_view directory = parent_of(path);
  if (name_of(directory) != "__pycache__") return {};
  const std::string_view name = name_of(path);
  const size_t tag = name.find('.');
  if (tag == std::string_view::npos || tag == 0) return {};
  return join_path(parent_of(directory), std::string(name.substr(0, tag)) + ".py");
}

std::vector<const IndexEntry*> bytecode_of_source(const Index& index, std::string_view path) {
  std::vector<const IndexEntry*> found;
  const std::string_view name = name_of(path);
  if (!name.ends_with(".py")) return found;
  // "__pycache__/m." and then the tag of the interpreter.
  const std::string prefix = join_path(join_path(parent_of(path), "__pycache__"),
                                       std::string(name.substr(0, name.size() - 2)));
  const auto& entries = index.entries();
  for (auto entry = entries.lower_bound(prefix);
       entry != entries.end() && entry->first.starts_with(prefix); ++entry) {
    const std::string_view rest = std::string_view(entry->first).substr(prefix.size());
    if (rest.ends_with(".pyc") && rest.find(".opt-") == std::string_view::npos) {
      found.push_back(&entry->second);
    }
  }
  return found;
}

bool python_ran(const Marker& marker, const IndexEntry& source) {
  if (marker.opened(source)) return true;
  for (const IndexEntry* bytecode : bytecode_of_source(marker.index(), source.path)) {
    if (marker.opened(*bytecode)) return true;
  }
  return false;
}

std::string_view site_directory(std::string_view path) {
  for (std::string_view up = parent_of(path); !up.empty(); up = parent_of(up)) {
    const std::string_view name = name_of(up);
    if (name == "site-packages" || name == "dist-packages") return up;
  }
  return {};
}

std::string import_root(const Index& index, std::string_view path) {
  std::string_view directory = parent_of(path);
  while (!directory.empty() && index.find(join_path(directory, "__init__.py")) != nullptr) {
    directory = parent_of(directory);
  }
  return std::string(directory);
}

namespace {

// The one file that `directory`/NAME is as a module: source, extension or lone bytecode.
const IndexEntry* plain_module(const Index& index, const std::string& base) {
  if (const IndexEntry* source = index.find(base + ".py")) return source;
  const auto& entries = index.entries();
  const std::string prefix = base + ".";
  for (auto entry = entries.lower_bound(prefix);
       entry != entries.end() && entry->first.starts_with(prefix); ++entry) {
    const std::string_view rest = std::string_view(entry->first).substr(prefix.size());
    if (rest.find('/') != std::string_view::npos) continue;
    if (rest == "so" || rest == "pyc" || (rest.starts_with("cpython-") && rest.ends_with(".so")) ||
        (rest.starts_with("abi3") && rest.ends_with(".so"))) {
      return &entry->second;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<const IndexEntry*> module_files(const Index& index, std::string_view root,
                                            std::string_view dotted) {
  std::vector<const IndexEntry*> files;
  std::string base(root);
  const auto parts = split(dotted, '.');
  for (size_t i = 0; i < parts.size(); ++i) {
    base = join_path(base, parts[i]);
    const bool last = i + 1 == parts.size();
    const IndexEntry* directory = index.find(base);
    if (directory != nullptr && is_directory(*directory)) {
      const IndexEntry* package = index.find(join_path(base, "__init__.py"));
      if (package != nullptr) {
        files.push_back(package);
        continue;
      }
      if (!last) continue;  // a namespace package
    }
    if (!last) return {};
    const IndexEntry* module = plain_module(index, base);
    if (module == nullptr) return {};
    files.push_back(module);
  }
  return files;
}

}  // namespace slim::keepset
