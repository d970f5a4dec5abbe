// SPDX-License-Identifier: Apache-2.0
#include "keepset/python_importer.hpp"

#include <algorithm>

#include "keepset/asked_for.hpp"
#include "keepset/programs.hpp"
#include "keepset/python_modules.hpp"
#include "keepset/python_sites.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::keepset {
namespace {

// The interpreter imports these whenever it starts. If the run did not read one, it is frozen into
// the interpreter (Python 3.11 and later), and its file is not needed.
constexpr std::string_view kStartupModules[] = {"_collections_abc",
                                                "_sitebuiltins",
                                                "abc",
                                                "codecs",
                                                "genericpath",
                                                "importlib._bootstrap",
                                                "importlib._bootstrap_external",
                                                "io",
                                                "os",
                                                "posixpath",
                                                "site",
                                                "stat"};

// And these, which are in no interpreter, are settings of an installation or may be its output's encoding.
constexpr std::string_view kFirstModules[] = {"encodings", "encodings.aliases", "encodings.ascii",
                                              "encodings.latin_1", "encodings.utf_8", "sitecustomize"};

// Of one installed package; what is larger is no library but a product, in parts of its own.
constexpr uint64_t kMostPackageSource = 16u << 20;
// Of all files of a package that another one can use and does without.
constexpr uint64_t kSmallPackage = 1u << 20;
constexpr std::string_view kTests[] = {"tests", "test", "conftest", "distutils"};
// A library has functions for its own developers, and for who sits at a terminal, and asks for
// these there.
constexpr std::string_view kDevelopersPackages[] = {
    "bdb",       "code",       "coverage", "curses",     "distutils",   "doctest",
    "ensurepip", "hypothesis", "idlelib",  "lib2to3",    "nose",        "pdb",
    "pip",       "pydoc",      "pytest",   "readline",   "rlcompleter", "setuptools",
    "test",      "tkinter",    "turtle",   "turtledemo", "venv",        "wheel"};

bool is_startup_module(std::string_view module) {
  return is_one_of(module, kStartupModules);
}

// Whether a part of a dotted name other than the first is that word.
bool has_inner_part(std::string_view dotted, std::string_view word) {
  const std::string part = "." + std::string(word);
  for (size_t at = dotted.find(part); at != std::string_view::npos;
       at = dotted.find(part, at + 1)) {
    const size_t end = at + part.size();
    if (end == dotted.size() || dotted[end] == '.') return true;
  }
  return false;
}

std::string module_of(const std::string& root, std::string_view path) {
  const std::string_view name = name_of(path);
  return python_package_of(root, path) + "." + std::string(name.substr(0, name.find('.')));
}

// Whether a package is found there, and not only part of its name.
bool has_package(const Index& index, const std::string& root, std::string_view package) {
  return index.find(join_path(join_path(root, package), "__init__.py")) != nullptr;
}

}  // namespace

bool is_for_tests(std::string_view module) {
  return std::any_of(std::begin(kTests), std::end(kTests),
                     [&](std::string_view word) { return has_inner_part(module, word); });
}

bool is_for_developers(std::string_view module) {
  return is_for_tests(module) ||
         is_one_of(first_part(module), kDevelopersPackages);
}

std::string python_package_of(const std::string& root, std::string_view path) {
  std::string_view directory = parent_of(path);
  std::string name(directory.substr(std::min(directory.size(), root.size())));
  while (name.starts_with('/')) name.erase(0, 1);
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

std::optional<Need> PythonImporter::need_of(const IndexEntry& file) const {
  const auto found = imported_.find(&file);
  return found == imported_.end() ? std::nullopt : std::optional(found->second);
}

const IndexEntry* PythonImporter::next() {
  if (now_.empty()) return nullptr;
  const IndexEntry* file = now_.back();
  now_.pop_back();
  return file;
}

void PythonImporter::search(Marker& marker, const std::string& root, const std::string& module,
                            const Wanted& wanted) {
  // What is in a package is looked for where the package was found, which is one directory.
  const std::string_view package = first_part(module);
  const bool found_elsewhere =
      !has_package(marker.index(), root, package) &&
      std::any_of(roots_.begin(), roots_.end(), [&](const std::string& other) {
        return has_package(marker.index(), other, package);
      });
  if (package != module && found_elsewhere) return;
  for (const IndexEntry* file : module_files(marker.index(), root, module)) {
    const bool fresh = marker.mark(*file, {"python-import", absolute(wanted.by->path)});
    const auto known = imported_.find(file);
    if (!fresh && known == imported_.end() && !whole_.contains(file)) continue;  // it ran
    if (known != imported_.end() && known->second >= wanted.need) continue;
    imported_[file] = wanted.need;
    if (!fresh) now_.push_back(file);
  }
}

void PythonImporter::want(Marker& marker, const std::string& module, const IndexEntry& by,
                          Need need) {
  if (module.empty() || is_startup_module(module)) return;
  const auto [position, fresh] = wanted_.try_emplace(module, Wanted{&by, need});
  if (!fresh && position->second.need >= need) return;
  position->second = {&by, need};
  for (const std::string& root : roots_) search(marker, root, module, position->second);
}

// Frameworks name their parts in settings and in strings made at run time, which no import
// statement shows: of an installed package that is used, all modules are kept. What these import
// from elsewhere is not followed, or each would bring the better part of the standard library.
void PythonImporter::keep_package(Marker& marker, const std::string& root, std::string_view module,
                                  const IndexEntry& by) {
  const std::string top = join_path(root, first_part(module));
  if (!packages_.insert(top).second) return;
  std::vector<const IndexEntry*> files;
  uint64_t bytes = 0;
  for (const IndexEntry* file : marker.index().below(top)) {
    const bool vendored = file->path.find("/_vendor/") != std::string::npos;
    if (!is_file(*file) || !file->path.ends_with(".py") || vendored) continue;
    if (is_for_tests(module_of(root, file->path))) continue;
    files.push_back(file);
    bytes += file->size;
  }
  if (bytes > kMostPackageSource) return;
  for (const IndexEntry* file : files) {
    if (!marker.mark(*file, {"python-package", absolute(by.path)})) continue;
    const std::string name = module_of(root, file->path);
    whole_.emplace(file, name);
    if (std::any_of(schemes_.begin(), schemes_.end(),
                    [&](const std::string& scheme) { return has_inner_part(name, scheme); }) &&
        for_scheme_.insert(file).second)
      now_.push_back(file);
  }
}

Result<void> PythonImporter::name_in(Marker& marker, const std::string& root,
                                     const std::string& package, const IndexEntry& by) {
  // What was looked at before it was known to be named.
  for (const IndexEntry* file : marker.index().below(join_path(root, package))) {
    if (marker.kept(*file) && !whole_.contains(file)) now_.push_back(file);
  }
  const std::string_view site = site_directory(join_path(root, package));
  if (site.empty()) return {};
  keep_package(marker, root, package, by);
  SLIM_TRY(const auto* needs, required_by(marker, root, package));
  for (const std::string& module : *needs) want(marker, module, by, Need::possible);
  SLIM_TRY(const auto metadata, marker.state<PythonSites>().metadata_of(marker, root, package));
  for (const IndexEntry* each : metadata) {
    SLIM_TRY(const PythonDistribution distribution, python_distribution(marker, *each));
    for (const auto& [program, module] : distribution.programs) {
      // What is named otherwise is a tool beside it.
      const std::string path = program_path(marker, program);
      if (path.empty() || !program.starts_with(package)) continue;
      marker.mark_path(path, {"python-program", absolute(each->path)});
      want(marker, module, *each, Need::likely);
    }
  }
  return {};
}

Result<const std::set<std::string>*> PythonImporter::required_by(Marker& marker,
                                                                 const std::string& root,
                                                                 const std::string& package) {
  const auto [position, fresh] = required_.try_emplace(join_path(root, package));
  std::set<std::string>& required = position->second;
  if (!fresh) return &required;
  auto& sites = marker.state<PythonSites>();
  SLIM_TRY(const auto metadata, sites.metadata_of(marker, root, package));
  for (const IndexEntry* each : metadata) {
    SLIM_TRY(const PythonDistribution distribution, python_distribution(marker, *each));
    for (const std::string& need : distribution.needs) {
      SLIM_TRY(auto modules, sites.modules_of(marker, root, need));
      required.merge(modules);
    }
  }
  return &required;
}

Result<bool> PythonImporter::belongs_to(Marker& marker, const std::string& root,
                                        std::string_view user, std::string_view module) {
  const std::string package(first_part(module));
  if (names(package) || first_part(user) == package) return true;
  bool installed = false;
  uint64_t bytes = 0;
  for (const std::string& site : roots_) {
    const std::string top = join_path(site, package);
    if (site_directory(top).empty()) continue;
    if (packages_.contains(top)) return true;
    installed = installed || !module_files(marker.index(), site, package).empty();
    for (const IndexEntry* file : marker.index().below(top))
      bytes += is_file(*file) ? file->size : 0;
  }
  if (!installed || bytes <= kSmallPackage) return true;
  if (site_directory(join_path(root, "x")).empty()) return false;
  SLIM_TRY(const auto* required, required_by(marker, root, std::string(first_part(user))));
  if (required->contains(package)) return true;
  return is_asked_for(marker, package);
}

// What a library can use and does without is there because somebody wants it to: pip notes what it
// was given by name (packaging.python.org, "Recording installed projects", REQUESTED).
Result<bool> PythonImporter::is_asked_for(Marker& marker, const std::string& package) {
  for (const std::string& root : roots_) {
    SLIM_TRY(const auto metadata, marker.state<PythonSites>().metadata_of(marker, root, package));
    for (const IndexEntry* each : metadata)
      if (marker.index().find(join_path(each->path, "REQUESTED")) != nullptr) return true;
    for (const IndexEntry* file : module_files(marker.index(), root, package)) {
      SLIM_TRY(const bool asked, marker.state<AskedFor>().package_of(marker, *file));
      if (asked) return true;
    }
  }
  return false;
}

Result<void> PythonImporter::name(Marker& marker, std::string_view module, const IndexEntry& by) {
  const std::string package(first_part(module));
  if (package.empty() || !named_.emplace(package, &by).second) return {};
  const std::set<std::string> roots = roots_;
  for (const std::string& root : roots) SLIM_CHECK(name_in(marker, root, package, by));
  return {};
}

bool PythonImporter::is_standard(const Marker& marker, std::string_view module) const {
  return std::any_of(roots_.begin(), roots_.end(), [&](const std::string& root) {
    return site_directory(join_path(root, "x")).empty() &&
           marker.index().find(join_path(root, "os.py")) != nullptr &&
           has_package(marker.index(), root, first_part(module));
  });
}

Result<void> PythonImporter::name_word(Marker& marker, const std::string& word,
                                       const IndexEntry& by) {
  words_.emplace(word, &by);
  for (const std::string& root : roots_) {
    if (site_directory(join_path(root, word)).empty()) continue;
    if (module_files(marker.index(), root, word).empty()) continue;
    want(marker, word, by, Need::likely);
    return name(marker, word, by);
  }
  return {};
}

void PythonImporter::name_scheme(const std::string& scheme) {
  if (!schemes_.insert(scheme).second) return;
  for (const auto& [file, name] : whole_) {
    if (has_inner_part(name, scheme) && for_scheme_.insert(file).second) now_.push_back(file);
  }
}

std::vector<std::string> PythonImporter::new_roots(const Marker& marker, const std::string& root) {
  std::vector<std::string> roots{root};
  // The standard library has its extension modules in a directory of their own.
  const std::string extensions = join_path(root, "lib-dynload");
  if (marker.index().find(extensions) != nullptr) roots.push_back(extensions);
  if (roots_.empty()) {
    // The interpreter lists the directories of installed packages when it starts, used or not.
    for (const auto& [path, use] : marker.trace().files) {
      const std::string_view listed = std::string_view(path).substr(1);
      if ((use.access & trace::kListed) != 0 && site_directory(join_path(listed, "x")) == listed)
        roots.emplace_back(listed);
    }
  }
  return roots;
}

// Where the interpreter is says where its library is (docs.python.org, "sys_path_init"); os.py and
// lib-dynload are what it knows that by.
Result<void> PythonImporter::add_interpreter(Marker& marker, const IndexEntry& program) {
  const std::string home(parent_of(parent_of(program.path)));
  const std::string root = join_path(join_path(home, "lib"), name_of(program.path));
  if (marker.index().find(root + "/os.py") == nullptr) return {};
  if (const IndexEntry* extensions = marker.index().find(root + "/lib-dynload"))
    marker.mark(*extensions, {"python-import", absolute(program.path)});
  const Wanted first{&program, Need::likely};
  for (const std::string_view module : kStartupModules) search(marker, root, std::string(module), first);
  for (const std::string_view module : kFirstModules) search(marker, root, std::string(module), first);
  SLIM_CHECK(add_root(marker, root));
  for (const std::string& site :
       {root + "/site-packages", join_path(home, "lib/python3/dist-packages"),
        join_path("usr/local/lib", std::string(name_of(root)) + "/dist-packages")})
    if (marker.index().find(site) != nullptr) SLIM_CHECK(add_root(marker, site));
  return {};
}

Result<void> PythonImporter::add_root(Marker& marker, const std::string& root) {
  if (roots_.contains(root)) return {};
  const auto roots = new_roots(marker, root);
  // All before the first is searched: which has a package decides where its modules are.
  roots_.insert(roots.begin(), roots.end());
  const auto wanted = wanted_;
  const auto named = named_, words = words_;
  for (const std::string& each : roots) {
    for (const auto& [module, want] : wanted) search(marker, each, module, want);
    for (const auto& [package, by] : named) SLIM_CHECK(name_in(marker, each, package, *by));
  }
  for (const auto& [word, by] : words) SLIM_CHECK(name_word(marker, word, *by));
  return {};
}

}  // namespace slim::keepset
