// SPDX-License-Identifier: Apache-2.0
// What Python modules may import some time, and which installed packages are kept for it; one
// object an image.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "keepset/marker.hpp"
#include "keepset/traits.hpp"

namespace slim::keepset {

inline std::string_view first_part(std::string_view module) {
  return module.substr(0, module.find('.'));
}

// How an import comes about. What is loaded with a module is needed as the module is.
enum class Need {
  rare,      // in a function of a library that the application does not name
  possible,  // in a function of one that it does, or on a way that begins there
  likely,    // in the application
};

class PythonImporter {
 public:
  // A directory that modules were imported from.
  Result<void> add_root(Marker& marker, const std::string& root);
  // An interpreter that did not run, but may: what it begins with, and where it looks for modules.
  Result<void> add_interpreter(Marker& marker, const IndexEntry& program);
  // A module by its absolute name is needed by `by`.
  void want(Marker& marker, const std::string& module, const IndexEntry& by, Need need);
  // The application itself names a module: of an installed package it may use anything, with what
  // that requires and the programs that come with it.
  Result<void> name(Marker& marker, std::string_view module, const IndexEntry& by);
  // The same for a word that may be a package's name or not.
  Result<void> name_word(Marker& marker, const std::string& word, const IndexEntry& by);
  // Whether the application names the package that a module is in.
  bool names(std::string_view module) const {
    return named_.contains(std::string(first_part(module)));
  }
  // Whether a module is there for one of the package `user`, which `root` has, to use: of the
  // standard library, of a package that is in use or required by that one, of a small one, or of one
  // that was installed by name.
  Result<bool> belongs_to(Marker& marker, const std::string& root, std::string_view user,
                          std::string_view module);
  // Whether a module is in a package of the standard library. The application names one, too, that
  // only modules load that did not run: the run says nothing of how they use it.
  bool is_standard(const Marker& marker, std::string_view module) const;
  // A URL's scheme, by which libraries find the part that is for it: "sqlite", "redis".
  void name_scheme(const std::string& scheme);
  // All modules of the installed package that `module` is in.
  void keep_package(Marker& marker, const std::string& root, std::string_view module,
                    const IndexEntry& by);

  // Why a module is kept that did not run: something imports it, or wanted it by a URL's scheme.
  std::optional<Need> need_of(const IndexEntry& file) const;
  bool for_scheme(const IndexEntry& file) const { return for_scheme_.contains(&file); }
  // Whether a module is kept because its package is.
  bool kept_with_package(const IndexEntry& file) const { return whole_.contains(&file); }
  // The next file about which more is known now than when it was kept; null if there is none.
  const IndexEntry* next();

 private:
  struct Wanted {
    const IndexEntry* by;
    Need need;
  };
  std::vector<std::string> new_roots(const Marker& marker, const std::string& root);
  void search(Marker& marker, const std::string& root, const std::string& module,
              const Wanted& wanted);
  Result<void> name_in(Marker& marker, const std::string& root, const std::string& package,
                       const IndexEntry& by);
  Result<const std::set<std::string>*> required_by(Marker& marker, const std::string& root,
                                                   const std::string& package);

  Result<bool> is_asked_for(Marker& marker, const std::string& package);

  std::set<std::string> roots_;
  std::map<std::string, Wanted> wanted_;            // by absolute module names
  std::map<std::string, const IndexEntry*> named_;  // packages that the application names
  std::map<std::string, const IndexEntry*> words_;
  std::set<std::string> schemes_;
  std::set<std::string> packages_;  // kept whole, or too large for it: ROOT/PACKAGE
  std::map<std::string, std::set<std::string>> required_;   // ROOT/PACKAGE -> top-level modules
  std::map<const IndexEntry*, std::string, ByPath> whole_;  // kept with their package: name in it
  std::map<const IndexEntry*, Need, ByPath> imported_;
  EntrySet for_scheme_;
  std::vector<const IndexEntry*> now_;
};

// "a.b" for the package below `root` that a module file belongs to.
std::string python_package_of(const std::string& root, std::string_view path);
// numpy.tests, numpy.distutils: what only test suites and builds import, unless a module imports it
// when it is loaded.
bool is_for_tests(std::string_view module);
// That, and what builds, tests and debugs programs, or is for terminals.
bool is_for_developers(std::string_view module);

}  // namespace slim::keepset
