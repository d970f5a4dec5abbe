// SPDX-License-Identifier: Apache-2.0
// Python finds a module through its source and runs the bytecode cached for it; and a module that
// was run may import others later, inside its functions.
#include <algorithm>

#include "keepset/python_modules.hpp"
#include "keepset/python_source.hpp"
#include "keepset/rules.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

struct PythonState {
  std::set<std::string> roots;                      // directories that modules were imported from
  std::map<std::string, const IndexEntry*> wanted;  // absolute module names, and who wants them
  std::set<std::pair<std::string, std::string>> searched;  // (root, module)
  EntrySet imported;                                       // kept because others import them
  std::map<std::string, const IndexEntry*> named;  // packages that the application imports
  std::set<std::string> packages;                          // kept whole, or too large for it
  EntrySet unasked;                    // kept with their package, before anyone imports them
  std::vector<const IndexEntry*> now;  // was among those, but is imported after all
};

// The interpreter imports these whenever it starts. If the run did not read one, it is frozen into
// the interpreter (Python 3.11 and later), and its file is not needed.
constexpr std::string_view kStartupModules[] = {
    "_collections_abc", "_sitebuiltins", "abc", "codecs", "genericpath", "io", "os", "site", "stat",
    "posixpath"};

// Of one installed package; what is larger is no library but a product, in parts of its own.
constexpr uint64_t kMostPackageSource = 16u << 20;

bool is_startup_module(std::string_view module) {
  return std::find(std::begin(kStartupModules), std::end(kStartupModules), module) !=
         std::end(kStartupModules);
}

// numpy.tests: what only test suites import, unless a module imports it when it is loaded.
bool is_for_tests(std::string_view module) {
  for (const std::string_view part : {".tests", ".test", ".conftest"}) {
    const size_t at = module.find(part);
    if (at == std::string_view::npos) continue;
    const size_t end = at + part.size();
    if (end == module.size() || module[end] == '.') return true;
  }
  return false;
}

// "a.b" for the package that a module file belongs to.
std::string package_of(const std::string& root, std::string_view path) {
  std::string_view directory = parent_of(path);
  std::string name(directory.substr(std::min(directory.size(), root.size())));
  while (name.starts_with('/')) name.erase(0, 1);
  for (char& c : name) {
    if (c == '/') c = '.';
  }
  return name;
}

std::string absolute_name(const PythonImport& import, std::string package) {
  if (import.level == 0) return import.module;
  for (unsigned i = 1; i < import.level; ++i) {
    const size_t dot = package.rfind('.');
    package.erase(dot == std::string::npos ? 0 : dot);
  }
  if (package.empty() || import.module.empty()) return package + import.module;
  return package + "." + import.module;
}

std::string_view first_part(std::string_view module) { return module.substr(0, module.find('.')); }

void search(Marker& marker, PythonState& state, const std::string& root, const std::string& module,
            const IndexEntry& by) {
  if (!state.searched.emplace(root, module).second) return;
  for (const IndexEntry* file : module_files(marker.index(), root, module)) {
    const bool unasked = state.unasked.erase(file) != 0;
    if (unasked) state.now.push_back(file);
    if (marker.mark(*file, {"python-import", absolute(by.path)}) || unasked)
      state.imported.insert(file);
  }
}

void want(Marker& marker, PythonState& state, const std::string& module, const IndexEntry& by) {
  if (module.empty() || is_startup_module(module)) return;
  if (!state.wanted.emplace(module, &by).second) return;
  for (const std::string& root : state.roots) search(marker, state, root, module, by);
}

// Frameworks name their parts in settings and in strings made at run time, which no import statement
// shows: of an installed package that is used, all modules are kept. What these import from elsewhere
// is not followed, or each would bring the better part of the standard library.
void keep_package(Marker& marker, PythonState& state, const std::string& root,
                  std::string_view package, const IndexEntry& by) {
  const std::string top = join_path(root, first_part(package));
  if (!state.packages.insert(top).second) return;
  std::vector<const IndexEntry*> modules;
  uint64_t bytes = 0;
  for (const IndexEntry* file : marker.index().below(top)) {
    const std::string module = package_of(root, file->path);
    const bool vendored = file->path.find("/_vendor/") != std::string::npos;
    if (!is_file(*file) || !file->path.ends_with(".py") || vendored || is_for_tests(module)) continue;
    modules.push_back(file);
    bytes += file->size;
  }
  if (bytes > kMostPackageSource) return;
  for (const IndexEntry* file : modules) {
    if (marker.mark(*file, {"python-package", absolute(by.path)})) state.unasked.insert(file);
  }
}

// Of an installed package that the application itself names it may use anything, too.
void keep_named(Marker& marker, PythonState& state, const std::string& root,
                const std::string& package, const IndexEntry& by) {
  if (!site_directory(join_path(root, package)).empty())
    keep_package(marker, state, root, package, by);
}

void name_package(Marker& marker, PythonState& state, std::string_view module,
                  const IndexEntry& by) {
  const std::string package(first_part(module));
  if (package.empty() || !state.named.emplace(package, &by).second) return;
  for (const std::string& root : state.roots) keep_named(marker, state, root, package, by);
}

void add_root(Marker& marker, PythonState& state, const std::string& root) {
  if (!state.roots.insert(root).second) return;
  for (const auto& [module, by] : state.wanted) search(marker, state, root, module, *by);
  for (const auto& [package, by] : state.named) keep_named(marker, state, root, package, *by);
  // The standard library has its extension modules in a directory of their own.
  const std::string extensions = join_path(root, "lib-dynload");
  if (marker.index().find(extensions) != nullptr) add_root(marker, state, extensions);
}

// What a module that ran imports when it is loaded, it has imported. What it imports inside
// functions is what a request that was not probed runs into. Of the application's own modules all
// of that is followed; of installed packages what is in the same package: the rest, and the
// standard library's, are debuggers, test runners and alternatives, and would soon be the whole
// library. Of the modules that this adds, the imports that happen when they are loaded follow.
Result<void> follow_imports(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !entry.path.ends_with(".py")) return {};
  auto& state = marker.state<PythonState>();
  const bool ran = python_ran(marker, entry) || marker.executed(entry);
  if (!ran && !state.imported.contains(&entry)) return {};
  SLIM_TRY(const std::string_view source, marker.text(entry));
  const std::string root = import_root(marker.index(), entry.path);
  const std::string package = package_of(root, entry.path);
  const bool standard = marker.index().find(join_path(root, "os.py")) != nullptr;
  const bool own = site_directory(entry.path).empty() && !standard;
  const bool vendored = entry.path.find("/_vendor/") != std::string::npos;
  const auto imports = python_imports_of(source);
  if (ran) add_root(marker, state, root);
  if (ran && !package.empty() && !site_directory(entry.path).empty())
    keep_package(marker, state, root, package, entry);
  for (const PythonImport& import : imports) {
    if (import.fallback || import.deferred != ran) continue;
    const std::string module = absolute_name(import, package);
    const bool same =
        !standard && !vendored && !package.empty() && first_part(module) == first_part(package);
    if (ran && !own && !same) continue;
    if (import.deferred && is_for_tests(module)) continue;
    want(marker, state, module, entry);
    for (const std::string& name : import.names) want(marker, state, module + "." + name, entry);
    if (own) name_package(marker, state, module, entry);
  }
  return {};
}

}  // namespace

Result<void> python_bytecode(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  if (entry.path.ends_with(".pyc")) {
    const std::string source = source_of_bytecode(entry.path);
    const IndexEntry* found = source.empty() ? nullptr : marker.index().find(source);
    if (found != nullptr) marker.mark(*found, {"python-source", absolute(entry.path)});
  } else if (entry.path.ends_with(".py")) {
    // Only of modules that ran: one that may be imported some time is compiled then, and one that
    // was only looked for (os.py, to find the library) is not run from its file.
    if (!python_ran(marker, entry)) return {};
    for (const IndexEntry* bytecode : bytecode_of_source(marker.index(), entry.path)) {
      marker.mark(*bytecode, {"python-bytecode", absolute(entry.path)});
    }
  }
  return {};
}

Result<void> python_imports(Marker& marker, const IndexEntry& entry) {
  SLIM_CHECK(follow_imports(marker, entry));
  auto& now = marker.state<PythonState>().now;
  while (!now.empty()) {
    const IndexEntry* const next = now.back();
    now.pop_back();
    SLIM_CHECK(follow_imports(marker, *next));
  }
  return {};
}

}  // namespace slim::keepset::rules
